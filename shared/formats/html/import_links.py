"""The HTML of a package as the HTML of a course: tokens become addresses of the objects they name (Canvas).

An address is chosen so that an export writes the token again as it was. A token that cannot be resolved stays, byte
for byte, and goes out again as it came in.
"""

from __future__ import annotations

import html
import posixpath
import re
from dataclasses import dataclass
from functools import partial
from urllib.parse import parse_qsl, quote, unquote, urlencode

from shared.domain.kinds import Kind, family
from shared.formats.html import references
from shared.formats.html.tokenizer import Attribute, Rewriting, Tag, rewrite
from shared.formats.identifiers import Spelling, spelling_prefix
from shared.formats.importing import Importing

_TARGET = re.compile(rf"/(?P<type>[a-z_]+)(?:/(?P<name>[^\s\"'<>/?#&]+))?(?P<rest>{references.REST})")
_ITEM = re.compile(rf"/modules/items/(?P<name>[^\s\"'<>/?#&]+)(?P<rest>{references.REST})")
_FILE_REF = re.compile(rf"/file_ref/(?P<name>[^\s\"'<>/?#&]+)(?P<rest>{references.REST})")
_EMBEDDED = ("src", "poster", "data")  # attributes that show a file in place


def rewrite_tokens(importing: Importing) -> None:
    """Every HTML field of every object found, and of the course. The last step of reading a package."""
    links = TokenLinks(importing)
    for kind, items in importing.objects.items():
        for number, item in enumerate(items):
            items[number] = item.map_html(partial(links.rewrite, kind, item.id))
    if importing.course is not None:
        course = importing.course
        importing.course = course.map_html(partial(links.rewrite, Kind.COURSES, course.id))


@dataclass(slots=True)
class _Field:
    """An HTML field under the reader, and what is seen of how its references are spelled."""

    kind: Kind
    object_id: int
    name: str
    escaped: bool = False
    unescaped: bool = False
    slugs: bool = False
    keys: bool = False

    @property
    def spelling(self) -> Spelling:
        """One way for the whole field: the old one only where nothing is spelled in the new one."""
        return Spelling(self.escaped and not self.unescaped, self.slugs and not self.keys)


class TokenLinks:
    """Resolves the tokens of a package, once all its objects are known."""

    def __init__(self, importing: Importing) -> None:
        """Index what the package holds."""
        self._importing = importing
        self._course = f"/courses/{importing.course_id}"
        self._ids: dict[tuple[Kind, str], int] = {}
        for (kind, identifier), object_id in importing.defined().items():
            self._ids[family(kind), identifier] = object_id
        self._urls = {page.id: str(getattr(page, "url", "")) for page in importing.all(Kind.PAGES)}
        self._slugs = {url.casefold() for url in self._urls.values()}
        self._by_name: dict[str, list[str]] = {}
        for path in importing.file_paths:
            self._by_name.setdefault(posixpath.basename(path), []).append(path)

    def rewrite(self, kind: Kind, object_id: int, text: str, place: str) -> str:
        """An HTML field of an object with its tokens resolved; every other byte as it was."""
        if "FILEBASE" not in text and "_REFERENCE" not in text:
            return text
        at = _Field(kind, object_id, place)
        rewritten = rewrite(
            text,
            Rewriting(
                attribute=lambda tag, attribute: self._attribute(tag, attribute, at),
                text=lambda run: references.replace_in_text(
                    references.TOKEN, lambda found: self._resolved(found, at), run
                ),
            ),
        )
        if str(at.spelling):
            self._importing.remember(family(kind), object_id, spelling_prefix(place), str(at.spelling))
        return rewritten

    def _attribute(self, tag: Tag, attribute: Attribute, at: _Field) -> str:
        """The value of an attribute. An address may hold blanks and quotes that would end it in a text."""
        whole = references.TOKEN.match(attribute.raw)
        if whole and "FILEBASE" in whole["named"]:
            shown = attribute.name in _EMBEDDED
            address = self._file(attribute.raw[whole.start("rest") :], shown=shown)
            if address is not None:
                self._see(whole, attribute, at)
                return address

        def resolved(found: re.Match[str]) -> str:
            become = self._resolved(found, at)
            if become != found[0]:
                self._see(found, attribute, at)
            return become

        return references.TOKEN.sub(resolved, attribute.raw)

    def _see(self, found: re.Match[str], attribute: Attribute, at: _Field) -> None:
        if attribute.name in references.ESCAPED:
            at.escaped = at.escaped or found["mark"] == "%24"
            at.unescaped = at.unescaped or found["mark"] == "$"

    def _resolved(self, found: re.Match[str], at: _Field) -> str:
        """What a token and what follows it become; both as they stand, with a warning, where nothing is found."""
        rest = found["rest"]
        if "FILEBASE" in found["named"]:
            address = self._file(rest, shown=False)
        elif found["named"] == "CANVAS_COURSE_REFERENCE":
            address = self._course_page(rest)
        else:
            address = self._object(rest, at)
        if address is not None:
            return address
        if found["named"] != "CANVAS_COURSE_REFERENCE" or _ITEM.match(rest):
            where = f"{at.kind} {at.object_id} {at.name}"
            self._importing.warn("link_target_missing", where, f"{found[0]} names nothing in the package.")
        return found[0]

    def _file(self, rest: str, *, shown: bool) -> str | None:
        """The address of a file, from its path and query. Without a query it is the page or the bytes of the file."""
        path, query, fragment = references.split(html.unescape(rest))
        file_id = self._file_at(unquote(path))
        if file_id is None:
            return None
        step, pairs, media = "preview" if shown or query else "", [], False
        for name, value in parse_qsl(query.removeprefix("?"), keep_blank_values=True):
            if name.startswith("canvas_qs_"):
                pairs.append((name.removeprefix("canvas_qs_"), value))
            elif name.startswith("canvas_"):
                step = name.removeprefix("canvas_")
            elif name == "media_attachment":
                media, step = True, ""
            else:
                pairs.append((name, value))
        kind = references.MEDIA_IFRAME if media else "files"
        tail = f"/{step}" if step else ""
        tail += f"?{urlencode(pairs)}" if pairs else ""
        return html.escape(f"{self._course}/{kind}/{file_id}{tail}{fragment}")

    def _file_at(self, path: str) -> int | None:
        """By its exact path, without `web_resources/`, then any file whose path ends so (Canvas)."""
        paths = self._importing.file_paths
        wanted = path.lstrip("/.").removeprefix("web_resources/")
        for name in (path, wanted):
            if name in paths:
                return paths[name]
        ends = f"/{wanted}"
        others = self._by_name.get(posixpath.basename(wanted), ()) if wanted else ()
        return next((paths[other] for other in others if other.endswith(ends)), None)

    def _object(self, rest: str, at: _Field) -> str | None:
        """The address of an object or a page, from its type and its identifier or slug."""
        found = _TARGET.match(rest)
        if found is None or not found["name"]:
            return None
        kind, name = references.TYPES.get(found["type"]), html.unescape(found["name"])
        query = references.map_items(found["rest"], self._item)
        if kind is Kind.PAGES:
            slug = self._slug(name, at)
            return slug and f"{self._course}/{found['type']}/{slug}{query}"
        object_id = self._ids.get((kind, unquote(name))) if kind is not None else None
        return None if object_id is None else f"{self._course}/{found['type']}/{object_id}{query}"

    def _slug(self, name: str, at: _Field) -> str | None:
        page_id = self._ids.get((Kind.PAGES, unquote(name)))
        if page_id is not None:
            at.keys = True
            return quote(self._urls[page_id], safe="")
        if unquote(name).casefold() in self._slugs:
            at.slugs = True
            return html.escape(name)
        return None

    def _item(self, name: str) -> str | None:
        item_id = self._ids.get((Kind.MODULE_ITEMS, name))
        return None if item_id is None else str(item_id)

    def _course_page(self, rest: str) -> str | None:
        """The course itself, a module item, or one of its pages that shows no object by id."""
        if rest in ("", "/") or rest.startswith(("?", "/?", "#", "/#")):
            return f"{self._course}{rest}"
        if item := _ITEM.match(rest):
            item_id = self._item(item["name"])
            return item_id and f"{self._course}/modules/items/{item_id}{item['rest']}"
        if copied := _FILE_REF.match(rest):
            file_id = self._ids.get((Kind.FILES, copied["name"]))
            return None if file_id is None else f"{self._course}/files/{file_id}{copied['rest']}"
        found = _TARGET.match(rest)
        if found is None or found["type"] not in references.TYPES or "/items/" in rest:
            return None
        has_objects = references.TYPES[found["type"]] is not None
        if has_objects and (references.positive(found["name"]) or found["type"] == "items"):
            return None
        return f"{self._course}{references.map_items(rest, self._item)}"
