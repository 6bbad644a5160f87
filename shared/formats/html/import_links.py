"""The HTML of a package as the HTML of a course: tokens become addresses of the objects they name (Canvas).

The address is one for which an export writes the same token again. A token that cannot be resolved stays, byte for byte,
and a later export writes it as it is.
"""

from __future__ import annotations

import html
import posixpath
import re
from dataclasses import dataclass
from functools import partial
from urllib.parse import parse_qsl, quote, unquote, urlencode

from shared.domain.kinds import Kind, family
from shared.domain.slugs import slug
from shared.domain.warning_codes import WarningCode
from shared.formats.file_paths import composed
from shared.formats.html import references
from shared.formats.html.addresses import map_addresses, unescaped
from shared.formats.html.tokenizer import Attribute, Rewriting, rewrite
from shared.formats.identifiers import Spelling, spelling_prefix
from shared.formats.importing import Importing

_TARGET = re.compile(rf"/(?P<type>[a-z_]+)(?:/(?P<name>[^\s\"'<>/?#&]+))?(?P<rest>{references.REST})")
_ITEM = re.compile(rf"/modules/items/(?P<name>[^\s\"'<>/?#&]+)(?P<rest>{references.REST})")
_FILE_REF = re.compile(rf"/file_ref/(?P<name>[^\s\"'<>/?#&]+)(?P<rest>{references.REST})")
_API = re.compile(r"//(?P<host>[^\s\"'<>/?#\\()]++)/api/v\d++(?=\$|%24)")
# Attributes whose file a browser shows within the page.
_EMBEDDED = ("src", "poster", "data")
# The kinds whose documents other tools link to by their paths, with the types of their addresses.
_BY_DOCUMENT = {
    Kind.PAGES: "pages",
    Kind.ASSIGNMENTS: "assignments",
    Kind.DISCUSSION_TOPICS: "discussion_topics",
    Kind.QUIZZES: "quizzes",
}


def rewrite_tokens(importing: Importing) -> None:
    """Resolve the tokens in every HTML field of every object and of the course: the last step of reading a package."""
    links = ImportLinks(importing)
    for kind, items in importing.objects.items():
        for number, item in enumerate(items):
            items[number] = item.map_html(partial(links.rewrite, kind, item.id))
    if importing.course is not None:
        course = importing.course
        importing.course = course.map_html(partial(links.rewrite, Kind.COURSES, course.id))
        importing.course.own_hosts = sorted(links.hosts) or None


@dataclass(slots=True)
class _FieldSpelling:
    """An HTML field that is read, and the spellings that its references have."""

    kind: Kind
    object_id: int
    name: str
    escaped: bool = False
    unescaped: bool = False
    slugs: bool = False
    keys: bool = False

    @property
    def spelling(self) -> Spelling:
        """One spelling for the whole field: the old one only if no reference has the new one."""
        return Spelling(self.escaped and not self.unescaped, self.slugs and not self.keys)


class ImportLinks:
    """Resolves the tokens of a package, once all its objects are known."""

    def __init__(self, importing: Importing) -> None:
        """Index the objects and the files of the package."""
        self._importing = importing
        self.hosts: set[str] = set()  # those that stand before a token of an API address: the course was at all of them
        self._course = f"/courses/{importing.course_id}"
        self._ids: dict[tuple[Kind, str], int] = {}
        for (kind, identifier), object_id in importing.defined().items():
            self._ids[family(kind), identifier] = object_id
        self._urls = {page.id: str(getattr(page, "url", "")) for page in importing.all(Kind.PAGES)}
        self._slugs = {url.casefold() for url in self._urls.values()}
        self._by_name: dict[str, list[str]] = {}
        self._composed: dict[str, int] | None = None
        self._titles: dict[str, str] | None = None
        for path in importing.file_paths:
            self._by_name.setdefault(posixpath.basename(path), []).append(path)

    def rewrite(self, kind: Kind, object_id: int, text: str, place: str) -> str:
        """An HTML field of an object with its tokens resolved; every other byte as it was."""
        if not references.has_tokens(text):
            return text
        if "/api/v" in text:
            self.hosts.update(match["host"].lower() for match in _API.finditer(text))
        at = _FieldSpelling(kind, object_id, place)
        rewritten = rewrite(
            text,
            Rewriting(
                attribute=lambda _, attribute: map_addresses(
                    attribute.name, attribute.raw, lambda raw: self._attribute(raw, attribute, at)
                ),
                text=lambda run: references.replace_in_text(
                    references.TOKEN, lambda match: self._resolved(match, at), run
                ),
            ),
        )
        if str(at.spelling):
            self._importing.remember(family(kind), object_id, spelling_prefix(place), str(at.spelling))
        return rewritten

    def _attribute(self, raw: str, attribute: Attribute, at: _FieldSpelling) -> str:
        """An address of an attribute, where it may hold blanks and quotes, which end it in a text."""
        # Canvas does not percent-encode the paths of media, so that they may hold blanks and quotes
        # (lib/cc/cc_helper.rb).
        plain = references.plain_token(raw)
        bare = plain.strip(references.SPACE)
        whole = references.TOKEN.match(bare)
        if whole and references.is_file(whole):
            embedded = attribute.name in _EMBEDDED
            address = self._file(bare[whole.start("rest") :], embedded=embedded)
            if address is not None:
                self._note_spelling(whole, attribute, at)
                return plain.replace(bare, address)

        def resolved(match: re.Match[str]) -> str:
            replacement = self._resolved(match, at)
            if replacement != match[0]:
                self._note_spelling(match, attribute, at)
            return replacement

        result = references.TOKEN.sub(resolved, plain)
        return raw if result == plain else result

    def _note_spelling(self, match: re.Match[str], attribute: Attribute, at: _FieldSpelling) -> None:
        # Only attributes that Canvas's older serializer escaped show which spelling a package has.
        if attribute.name in references.ESCAPED:
            at.escaped = at.escaped or match["mark"] == "%24"
            at.unescaped = at.unescaped or match["mark"] == "$"

    def _resolved(self, match: re.Match[str], at: _FieldSpelling) -> str:
        """The address for a token and the path behind it; both unchanged, with a warning, if they name nothing."""
        rest = match["rest"]
        if references.is_file(match):
            address = self._file(rest, embedded=False)
        elif match["named"] == "CANVAS_COURSE_REFERENCE":
            address = self._course_page(rest)
        else:
            address = self._object(rest, at)
        if address is not None:
            return address
        if match["named"] != "CANVAS_COURSE_REFERENCE" or _ITEM.match(rest):
            where = f"{at.kind} {at.object_id} {at.name}"
            self._importing.warn(WarningCode.LINK_TARGET_MISSING, where, f"{match[0]} names nothing in the package.")
        return match[0]

    def _file(self, rest: str, *, embedded: bool) -> str | None:
        """The address of a file, from its path and query. Without a query it is the page or the bytes of the file."""
        path, query, fragment = references.split(unescaped(rest))
        file_id = self._file_at(unquote(path))
        if file_id is None:
            address = self._shown(unquote(path).lstrip("/"))
            return None if address is None else html.escape(f"{address}{fragment}")
        kind, tail = _kind_and_tail(query, "preview" if embedded or query else "")
        return html.escape(f"{self._course}/{kind}/{file_id}{tail}{fragment}")

    def _shown(self, member: str) -> str | None:
        """The address of what a document of the package became: a page, an assignment, a topic or a quiz."""
        identifier = self._importing.documents.get(member)
        for kind, written in _BY_DOCUMENT.items() if identifier is not None else ():
            object_id = self._ids.get((kind, str(identifier)))
            if object_id is not None:
                name = quote(self._urls[object_id], safe="") if kind is Kind.PAGES else object_id
                return f"{self._course}/{written}/{name}"
        return None

    def _file_at(self, path: str) -> int | None:
        """The id of a file: by its exact path, by the path below web_resources, else by the end of a path (Canvas)."""
        paths = self._importing.file_paths
        target = path.lstrip("/.").removeprefix("web_resources/")
        # Canvas's importer tries these in the same order.
        for name in (path, target):
            if name in paths:
                return paths[name]
        ends = f"/{target}"
        others = self._by_name.get(posixpath.basename(target), ()) if target else ()
        by_end = next((paths[other] for other in others if other.endswith(ends)), None)
        return self._composed_paths().get(composed(target)) if by_end is None else by_end

    def _composed_paths(self) -> dict[str, int]:
        """The files by their paths with accents composed: some systems take them apart in names, or in links."""
        if self._composed is None:
            self._composed = {composed(path): file_id for path, file_id in self._importing.file_paths.items()}
        return self._composed

    def _object(self, rest: str, at: _FieldSpelling) -> str | None:
        """The address of an object or a page, from its type and its identifier or slug."""
        match = _TARGET.match(rest)
        if match is None or not match["name"]:
            return None
        kind, name = references.TYPES.get(match["type"]), unescaped(match["name"])
        query = references.map_items(match["rest"], self._item)
        if kind is Kind.PAGES:
            url = self._slug(name, at)
            return url and f"{self._course}/{match['type']}/{url}{query}"
        object_id = self._ids.get((kind, unquote(name))) if kind is not None else None
        return None if object_id is None else f"{self._course}/{match['type']}/{object_id}{query}"

    def _slug(self, name: str, at: _FieldSpelling) -> str | None:
        page_id = self._ids.get((Kind.PAGES, unquote(name)))
        if page_id is not None:
            at.keys = True
            return quote(self._urls[page_id], safe="")
        if unquote(name).casefold() in self._slugs:
            at.slugs = True
            return html.escape(name)
        # A link that an author made from the title works in Canvas; so does one whose accents are taken apart.
        url = self._by_title().get(slug(unquote(name)))
        return None if url is None else quote(url, safe="")

    def _by_title(self) -> dict[str, str]:
        """The urls of pages by the slugs of urls and titles; a url comes before a title, and of two titles the first."""
        if self._titles is None:
            pages = [(slug(page.label), self._urls[page.id]) for page in self._importing.all(Kind.PAGES)]
            self._titles = {title: url for title, url in reversed(pages) if title}
            self._titles |= {slug(url): url for url in self._urls.values() if slug(url)}
        return self._titles

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
        match = _TARGET.match(rest)
        if match is None or match["type"] not in references.TYPES or "/items/" in rest:
            return None
        has_objects = references.TYPES[match["type"]] is not None
        # A number would be taken for an id of the new course, although it is one of the old course.
        if has_objects and (references.positive(match["name"]) or match["type"] == "items"):
            return None
        return f"{self._course}{references.map_items(rest, self._item)}"


def _kind_and_tail(query: str, step: str) -> tuple[str, str]:
    """(type, sub path and query) of a file's address, from the query of its reference; the inverse of `file_query`."""
    kind, pairs = "files", []
    for name, value in parse_qsl(query.removeprefix("?"), keep_blank_values=True):
        if name == "media_attachment":
            kind, step = references.MEDIA_IFRAME, ""
        elif name.startswith("canvas_") and not name.startswith("canvas_qs_"):
            step = name.removeprefix("canvas_")
        else:
            pairs.append((name.removeprefix("canvas_qs_"), value))
    path = f"/{step}" if step else ""
    return kind, f"{path}?{urlencode(pairs)}" if pairs else path
