"""The HTML of a course as the HTML of a package: addresses of its objects become tokens (Canvas)."""

from __future__ import annotations

import html
import re
from collections import defaultdict
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, quote_plus, unquote

from shared.domain.course_content import CourseContent
from shared.domain.identifiers import Ids
from shared.domain.kinds import Kind, family
from shared.domain.report import Report
from shared.domain.selection import Selection
from shared.domain.slugs import slug
from shared.formats.file_paths import PLACED, file_paths
from shared.formats.html import references
from shared.formats.html.leaving_links import LeavingLinks
from shared.formats.html.media_links import MediaLinks, is_media
from shared.formats.html.tokenizer import Attribute, Rewriting, Tag, rewrite
from shared.formats.identifiers import Keys, Spelling

_ITEM = re.compile(r"/items/(\d+)")
_CANDIDATE = re.compile(rf"/courses/|/files|{references.MEDIA_IFRAME}")  # every address of a course has one of these
_REWRITABLE = re.compile(rf"{_CANDIDATE.pattern}|media_|=[ \t\n\f\r]*+[\"']?+/")  # so has every page to be rewritten


@dataclass(slots=True)
class _Text:
    """An HTML field, how its references are spelled, and what they lead to, in order."""

    kind: Kind
    object_id: int
    name: str
    spelling: Spelling
    files: list[int] = field(default_factory=list)
    links: list[tuple[Kind, int, str]] = field(default_factory=list)  # kind and id of the target, the token for it
    missing: list[tuple[str, str]] = field(default_factory=list)  # addresses without a target, and what they become


class PackageLinks:
    """`Links` of a package. What has no target is reported, and so is what leads out of the package."""

    def __init__(self, course: CourseContent, keys: Keys, selection: Selection, host: str, report: Report) -> None:
        """Index the objects of the course. `host` is where its relative addresses lead: scheme, host and port."""
        self._keys = keys
        self._host = host.rstrip("/")
        self._report = report
        self._pattern = references.address_pattern(course.course.id)
        self._told: set[tuple[Kind, int, str, str]] = set()
        self._known: defaultdict[Kind, Ids] = defaultdict(Ids)
        self._slugs: dict[str, int] = {}
        self._titles: dict[str, int] = {}
        placed = []
        for ref in course.refs():
            self._known[family(ref.kind)].add(ref.id)
            if ref.kind is Kind.PAGES:
                self._slugs.setdefault(ref.slug or "", ref.id)
                title = slug(ref.title)
                if title and title != ref.slug:
                    self._titles.setdefault(title, ref.id)
            elif ref.kind in PLACED:
                placed.append(ref)
        self._paths = file_paths(placed)
        self._media = MediaLinks(course)
        self._leaving = LeavingLinks(course, keys, selection, report)

    def export(self, html: str, kind: Kind, object_id: int, place: str) -> str:
        """References replaced by tokens, relative addresses by absolute ones; every other byte as it was."""
        text = self._text_of(kind, object_id, place)
        exported = self._rewritten(html, text)
        for address, token in text.missing:
            self._report_missing(address, token, text)
        for target, target_id, token in text.links:
            self._leaving.met((target, target_id), token, kind, object_id, place)
        return exported

    def files(self, html: str, kind: Kind, object_id: int, place: str) -> list[int]:
        """The ids of the course files that the HTML names, in order; nothing is reported."""
        text = self._text_of(kind, object_id, place)
        self._rewritten(html, text)
        return text.files

    def settle(self, selection: Selection) -> None:
        """Take this as what goes into the package."""
        self._leaving.selection = selection

    def _text_of(self, kind: Kind, object_id: int, place: str) -> _Text:
        return _Text(kind, object_id, place, self._keys.spelling(kind, object_id, place))

    def _rewritten(self, html: str, at: _Text) -> str:
        self._find_tokens(html, at)
        if _REWRITABLE.search(html) is None:
            return html
        rewriting = Rewriting(
            attribute=lambda tag, attribute: self._attribute(tag, attribute, at),
            text=lambda run: self._text(run, at),
        )
        return rewrite(self._media.renamed(html, lambda file_id: self._media_path(file_id, at)), rewriting)

    def finish(self) -> None:
        """Tell of the links to what is not in the package. To be called when all is written."""
        self._leaving.tell()

    def _tokens(self, written: str, at: _Text) -> str:
        if _CANDIDATE.search(written) is None:
            return written
        return self._pattern.sub(lambda found: self._reference(found, at), written)

    def _text(self, run: str, at: _Text) -> str:
        if _CANDIDATE.search(run) is None:
            return run
        return references.replace_in_text(self._pattern, lambda found: self._reference(found, at), run)

    def _find_tokens(self, html: str, at: _Text) -> None:
        """Tokens that an import could not resolve go out as they came in, and lead nowhere."""
        if "REFERENCE" not in html and "FILEBASE" not in html:
            return
        for found in references.TOKEN.finditer(html):
            if found["named"] != "CANVAS_COURSE_REFERENCE":
                at.missing.append((found[0], found[0]))

    def _attribute(self, tag: Tag, attribute: Attribute, at: _Text) -> str:
        if is_media(tag, attribute):
            file_id = self._media.file_of(tag)
            path = None if file_id is None else self._media_path(file_id, at)
            if path is not None:
                return path
        raw = self._tokens(attribute.raw, at)
        if at.spelling.escaped and attribute.name in references.ESCAPED and raw != attribute.raw:
            raw = quote(raw, safe=references.UNESCAPED)
        if attribute.name in references.ADDRESSES and raw.startswith("/") and not raw.startswith("//"):
            raw = self._host + raw
        return raw

    def _media_path(self, file_id: int, at: _Text) -> str | None:
        """The reference to a media file, which is not percent-encoded; as it stands in an attribute."""
        path = self._paths.files.get(file_id)
        if path is None:
            return None
        at.files.append(file_id)
        return html.escape(f"{references.FILES}/{path}")

    def _reference(self, found: re.Match[str], at: _Text) -> str:
        """What an address becomes, as written in HTML; the address itself where it names nothing of this course."""
        if found["home"] is not None:
            become: str | None = f"{references.COURSE}/{found['home'].removeprefix('/')}"
        elif found["bare"]:
            own = not found["host"] or self._is_own(found["host"])
            become = self._file(found, found["bare"], at) if own and references.positive(found["id"]) else found[0]
        else:
            become = self._typed(found, at)
        if become is None:
            at.missing.append((found[0], found[0]))
            return found[0]
        if become == found[0]:
            return become
        return f"{found['host'] or ''}{found['api']}{become}" if found["api"] else become

    def _typed(self, found: re.Match[str], at: _Text) -> str | None:
        """An address below the course; None where its object does not exist."""
        type_name = found["type"]
        path, query, fragment = references.split(found["rest"])
        query = references.map_items(query, self._item_key)
        within = f"/{found['id'] or ''}{path}"
        item = _ITEM.search(within)
        if item:
            key = self._item_key(item[1])
            if key:
                at.links.append((Kind.MODULE_ITEMS, int(item[1]), f"{references.COURSE}/modules/items/{key}"))
            return key and f"{references.COURSE}/modules/items/{key}{query}{fragment}"
        kind, object_id = references.TYPES[type_name], references.positive(found["id"])
        if kind is Kind.PAGES and found["id"]:
            return self._page(found, query + fragment, at)
        if type_name == references.FILE_CONTENTS:
            return self._contents(found, at)
        if kind is None or object_id is None:
            return f"{references.COURSE}/{type_name}{'/' + found['id'] if found['id'] else ''}{path}{query}{fragment}"
        if kind is Kind.FILES:
            return self._file(found, type_name, at)
        if object_id not in self._known[kind]:
            return None
        token = f"{references.OBJECT}/{type_name}/{self._keys.of(kind, object_id)}"
        at.links.append((kind, object_id, token))
        return f"{token}{query}{fragment}"

    def _item_key(self, text: str) -> str | None:
        item_id = references.positive(text)
        known = item_id is not None and item_id in self._known[Kind.MODULE_ITEMS]
        return self._keys.of(Kind.MODULE_ITEMS, item_id) if known and item_id is not None else None

    def _page(self, found: re.Match[str], rest: str, at: _Text) -> str | None:
        """By slug, by the slug of the title, by id. One that is not found keeps its slug, unless it is elsewhere."""
        written = found["id"]
        name = unquote(html.unescape(written))
        page_id = self._slugs.get(name) or self._titles.get(slug(name))
        if page_id is None and (references.positive(name) or 0) in self._known[Kind.PAGES]:
            page_id = references.positive(name)
        if page_id is None:
            if found["host"] and not self._is_own(found["host"]):
                return found[0]
            at.missing.append((found[0], f"{references.WIKI}/{found['type']}/{written}"))
            return f"{references.WIKI}/{found['type']}/{written}{rest}"
        by_slug = at.spelling.slugs and name in self._slugs
        token = f"{references.WIKI}/{found['type']}/{written if by_slug else self._keys.of(Kind.PAGES, page_id)}"
        at.links.append((Kind.PAGES, page_id, token))
        return f"{token}{rest}"

    def _is_own(self, host: str) -> bool:
        return host.rpartition("//")[2].lower() == self._host.rpartition("//")[2].lower()

    def _contents(self, found: re.Match[str], at: _Text) -> str:
        """A file by its path: the name of the root folder becomes the token, the rest stands as it is."""
        if unquote(html.unescape(found["id"] or "")) != self._paths.root_name:
            return found[0]
        path = unquote(html.unescape(references.split(found["rest"])[0])).strip("/")
        file_id = self._paths.by_path.get(path)
        if file_id is None:
            at.missing.append((found[0], f"{references.FILES}{found['rest']}"))
        else:
            at.files.append(file_id)
        return f"{references.FILES}{found['rest']}"

    def _file(self, found: re.Match[str], type_name: str, at: _Text) -> str | None:
        file_id = references.positive(found["id"])
        path = self._paths.files.get(file_id or 0)
        if file_id is None or path is None:
            return None
        at.files.append(file_id)
        query = file_query(html.unescape(found["rest"]), media=type_name == references.MEDIA_IFRAME)
        return html.escape(f"{references.FILES}/{quote(path, safe=references.UNESCAPED_PATH)}{query}")

    def _report_missing(self, address: str, token: str, at: _Text) -> None:
        """Warn once of an address without a target; a question's HTML may be written into two documents."""
        self._report.dangling.add(html.unescape(token))
        if (at.kind, at.object_id, at.name, address) in self._told:
            return
        self._told.add((at.kind, at.object_id, at.name, address))
        self._report.warn(
            "link_target_missing",
            f"{html.unescape(address)} leads to nothing in this course.",
            kind=at.kind,
            item_id=at.object_id,
            place=at.name,
        )


def file_query(rest: str, *, media: bool = False) -> str:
    """The query of a file reference, for what follows the id in its address (no character references).

    `/preview` says nothing; another sub path `/x` -> `canvas_x=1`, also the empty one in front of a query; parameters
    k=v -> `canvas_qs_k=v`, without verifiers and empty ones. The fragment stays.
    """
    path, query, fragment = references.split(rest)
    step = path.strip("/")
    pairs = []
    if step != "preview" and (step or query):
        pairs.append(f"canvas_{quote_plus(step)}=1")
    pairs += [
        f"canvas_qs_{quote_plus(name)}={quote_plus(value)}"
        for name, value in parse_qsl(query.removeprefix("?"))
        if name != "verifier"
    ]
    if media:
        pairs.append("media_attachment=true")
    return f"?{'&'.join(pairs)}{fragment}" if pairs else fragment
