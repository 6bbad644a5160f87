"""The HTML of a course as the HTML of a package: addresses of its objects become tokens (Canvas)."""

from __future__ import annotations

import html
import re
from collections import defaultdict
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, quote_plus, unquote

from shared.domain.content.course import Course
from shared.domain.course_content import CourseContent
from shared.domain.identifiers import Ids
from shared.domain.kinds import Kind, family
from shared.domain.report import Report
from shared.domain.selection import Selection
from shared.domain.slugs import slug
from shared.domain.warning_codes import WarningCode
from shared.formats.file_paths import PLACED, file_paths
from shared.formats.html import references
from shared.formats.html.addresses import map_addresses, unescaped
from shared.formats.html.dangling_links import DanglingLinks
from shared.formats.html.media_links import FieldReferences, MediaLinks, is_media, with_players
from shared.formats.html.tokenizer import Attribute, Tag, rewrite
from shared.formats.identifiers import Keys, Spelling

_ITEM = re.compile(r"/items/(\d+)")
# Every address of a course has one of the first, and every page that is rewritten one of the second. Most texts have
# neither and are not tokenised.
_CANDIDATE = re.compile(rf"/courses/|/files|{references.MEDIA_IFRAME}")
_REWRITABLE = re.compile(rf"{_CANDIDATE.pattern}|media_|=[ \t\n\f\r]*+[\"']?+[ \t\n\f\r]*+/|&#|srcset|(?i:url)\(")
_DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d+)?")
_NAMES_FILES = re.compile(r"files|file_contents|media|filebase", re.IGNORECASE)  # so has every text that names a file


@dataclass(slots=True)
class _Text:
    """An HTML field, how its references are spelled, and what they lead to, in order."""

    kind: Kind
    object_id: int
    name: str
    spelling: Spelling
    files: list[int] = field(default_factory=list)
    links: list[tuple[Kind, int, str]] = field(default_factory=list)  # kind and id of the target, the token for it
    missing: list[tuple[str, str]] = field(default_factory=list)  # addresses without a target, and their replacements
    in_styles: list[str] = field(default_factory=list)  # tokens of files in texts that no import resolves
    relative: list[str] = field(default_factory=list)  # addresses of a site that is not known


class PackageLinks:
    """`Links` of a package. A link without a target is a warning, and so is one to an object outside of the package."""

    def __init__(self, course: CourseContent, keys: Keys, selection: Selection, host: str, report: Report) -> None:
        """Index the objects of the course. `host` is the address of its site, if its package of origin names none."""
        self._keys = keys
        self._site = site_of(course.course, host)
        self._own = own_hosts(course.course, host)
        self._report = report
        self._pattern = references.address_pattern(course.course.id)
        self._warned: set[tuple[Kind, int, str, str]] = set()
        self._existing: defaultdict[Kind, Ids] = defaultdict(Ids)
        self._slugs: dict[str, int] = {}
        self._titles: dict[str, int] = {}
        placed = []
        for ref in course.refs():
            self._existing[family(ref.kind)].add(ref.id)
            if ref.kind is Kind.PAGES:
                self._slugs.setdefault(ref.slug or "", ref.id)
                title = slug(ref.title)
                if title and title != ref.slug:
                    self._titles.setdefault(title, ref.id)
            elif ref.kind in PLACED:
                placed.append(ref)
        self._paths = file_paths(placed)
        self._media = MediaLinks(course)
        self._dangling = DanglingLinks(course, keys, selection, report)

    def export(self, html: str, kind: Kind, object_id: int, place: str) -> str:
        """The HTML with tokens for references and absolute addresses for relative ones; every other byte as it was."""
        text = self._text_of(kind, object_id, place)
        exported = self._rewritten(html, text)
        for address, token in text.missing:
            self._report_missing(address, token, text)
        self._report.dangling.update(text.in_styles)
        for address in text.relative:
            self._report_relative(address, text)
        for target, target_id, token in text.links:
            self._dangling.add((target, target_id), token, kind, object_id, place)
        return exported

    def files(self, html: str, kind: Kind, object_id: int, place: str) -> list[int]:
        """The ids of the course files that the HTML names, in order; nothing is reported."""
        if _NAMES_FILES.search(html) is None:
            return []
        text = self._text_of(kind, object_id, place)
        self._rewritten(html, text)
        return text.files

    def settle(self, selection: Selection) -> None:
        """Set the final selection of the package."""
        self._dangling.selection = selection

    def _text_of(self, kind: Kind, object_id: int, place: str) -> _Text:
        return _Text(kind, object_id, place, self._keys.spelling(kind, object_id, place))

    def _rewritten(self, html: str, field: _Text) -> str:
        self._find_tokens(html, field)
        references = self._references_of(html, field)
        return html if references is None else rewrite(with_players(html, references.player), references)

    def references_of(self, html: str, kind: Kind, object_id: int, place: str) -> FieldReferences | None:
        """How `export` rewrites the references of the HTML, for a reader that parses it; None if it rewrites none.

        Nothing is reported.
        """
        return self._references_of(html, self._text_of(kind, object_id, place))

    def _references_of(self, html: str, field: _Text) -> FieldReferences | None:
        if _REWRITABLE.search(html) is None:
            return None
        return FieldReferences(
            attribute=lambda tag, attribute: self._attribute(tag, attribute, field),
            text=lambda run: self._text(run, field),
            player=lambda tag: self._media.player(tag, lambda file_id: self._media_path(file_id, field)),
        )

    def finish(self) -> None:
        """Warn of links whose targets are not in the package. Call it when everything is written."""
        self._dangling.warn()

    def _tokens(self, written: str, field: _Text) -> str:
        if not _has_addresses(written):
            return written
        return self._pattern.sub(lambda match: self._reference(match, field), written)

    def _text(self, run: str, field: _Text) -> str:
        if not _has_addresses(run):
            return run
        return references.replace_in_text(self._pattern, lambda match: self._reference(match, field), run)

    def _find_tokens(self, markup: str, field: _Text) -> None:
        """Collect tokens that an import did not resolve, which are written as they are."""
        if not references.has_tokens(markup):
            return
        for match in references.TOKEN.finditer(markup):
            file_id = self._file_of(match)
            if file_id is not None:
                field.files.append(file_id)
                field.in_styles.append(html.unescape(match[0]))
            elif match["named"] != "CANVAS_COURSE_REFERENCE":
                field.missing.append((match[0], match[0]))

    def _file_of(self, token: re.Match[str]) -> int | None:
        """The file that a token names, which in the text of a `<style>` ends at the bracket of its `url(...)`."""
        if not references.is_file(token):
            return None
        path = unquote(unescaped(references.split(token["rest"])[0])).lstrip("/").removeprefix("web_resources/")
        return self._paths.file_at(path) or self._paths.file_at(path.partition(")")[0])

    def _attribute(self, tag: Tag, attribute: Attribute, field: _Text) -> str:
        if is_media(tag, attribute):
            file_id = self._media.file_of(tag)
            path = None if file_id is None else self._media_path(file_id, field)
            if path is not None:
                return path
        return map_addresses(attribute.name, attribute.raw, lambda raw: self._address(raw, tag, attribute, field))

    def _address(self, written: str, tag: Tag, attribute: Attribute, field: _Text) -> str:
        """An address of an attribute, or the value of one that holds none."""
        holds_one = attribute.name in references.ADDRESSES
        raw = self._tokens(references.tidied(written) if holds_one else written, field)
        if holds_one and raw == references.tidied(written):
            raw = written
        if field.spelling.escaped and attribute.name in references.ESCAPED and raw != written:
            raw = quote(raw, safe=references.UNESCAPED)
        is_address = holds_one or attribute.name in references.ADDRESS_LISTS
        bare = raw.lstrip(references.SPACE)
        if not is_address or not bare.startswith("/") or bare.startswith("//"):
            return raw
        return self._absolute(bare, tag, attribute, field)

    def _absolute(self, raw: str, tag: Tag, attribute: Attribute, field: _Text) -> str:
        """A relative address that leads to the site of the course, from any reader; as it is where that is not known."""
        # Canvas makes relative addresses absolute after the tokens, but for those of <source> (lib/cc/cc_helper.rb).
        if tag.name == "source" and attribute.name == "src":
            return raw
        if not self._site:
            field.relative.append(raw)
        return self._site + raw

    def _media_path(self, file_id: int, field: _Text) -> str | None:
        """The reference to a media file, which is not percent-encoded; as it stands in an attribute."""
        path = self._paths.files.get(file_id)
        if path is None:
            return None
        field.files.append(file_id)
        return html.escape(f"{references.FILEBASE}/{path}")

    def _reference(self, match: re.Match[str], field: _Text) -> str:
        """The replacement of an address, as written in HTML; the address itself if it names nothing of this course.

        The host decides: the same path on another site is another course.
        """
        if match["host"] and not self._is_own(match["host"]):
            return match[0]
        if match["home"] is not None:
            replacement: str | None = f"{references.COURSE}/{match['home'].removeprefix('/')}"
        elif match["bare"]:
            replacement = self._file(match, match["bare"], field) if references.positive(match["id"]) else match[0]
        else:
            replacement = self._typed(match, field)
        if replacement is None:
            field.missing.append((match[0], match[0]))
            return match[0]
        if replacement == match[0]:
            return replacement
        return f"{match['host'] or ''}{match['api']}{replacement}" if match["api"] else replacement

    def _typed(self, match: re.Match[str], field: _Text) -> str | None:
        """An address below the course; None where its object does not exist."""
        type_name = match["type"]
        path, query, fragment = references.split(match["rest"])
        query = references.map_items(query, self._item_key)
        within = f"/{match['id'] or ''}{path}"
        item = _ITEM.search(within)
        if item:
            key = self._item_key(item[1])
            if key:
                field.links.append((Kind.MODULE_ITEMS, int(item[1]), f"{references.COURSE}/modules/items/{key}"))
            return key and f"{references.COURSE}/modules/items/{key}{query}{fragment}"
        kind, object_id = references.TYPES[type_name], references.positive(match["id"])
        if kind is Kind.PAGES and match["id"]:
            return self._page(match, query + fragment, field)
        if type_name == references.FILE_CONTENTS:
            return self._contents(match, field)
        if kind is None or object_id is None:
            return f"{references.COURSE}/{type_name}{'/' + match['id'] if match['id'] else ''}{path}{query}{fragment}"
        if kind is Kind.FILES:
            return self._file(match, type_name, field)
        if object_id not in self._existing[kind]:
            return None
        # Canvas keeps the type of the address, not of the object: an announcement may be under /discussion_topics/.
        token = f"{references.OBJECT}/{type_name}/{self._keys.of(kind, object_id)}"
        field.links.append((kind, object_id, token))
        return f"{token}{query}{fragment}"

    def _item_key(self, text: str) -> str | None:
        item_id = references.positive(text)
        exists = item_id is not None and item_id in self._existing[Kind.MODULE_ITEMS]
        return self._keys.of(Kind.MODULE_ITEMS, item_id) if exists and item_id is not None else None

    def _page(self, match: re.Match[str], rest: str, field: _Text) -> str | None:
        """The token of a page: by slug, by the slug of its title, by id. A missing one keeps its slug."""
        written = match["id"]
        name = unquote(unescaped(written))
        words = slug(name)
        page_id = self._slugs.get(name) or self._titles.get(words) or self._slugs.get(words)
        if page_id is None and (references.positive(name) or 0) in self._existing[Kind.PAGES]:
            page_id = references.positive(name)
        if page_id is None:
            # A page that is missing becomes a token with its slug all the same, as in Canvas: importers may know the
            # slug.
            field.missing.append((match[0], f"{references.WIKI}/{match['type']}/{written}"))
            return f"{references.WIKI}/{match['type']}/{written}{rest}"
        by_slug = field.spelling.slugs and name in self._slugs
        token = f"{references.WIKI}/{match['type']}/{written if by_slug else self._keys.of(Kind.PAGES, page_id)}"
        field.links.append((Kind.PAGES, page_id, token))
        return f"{token}{rest}"

    def _is_own(self, host: str) -> bool:
        return host.rpartition("//")[2].lower() in self._own

    def _contents(self, match: re.Match[str], field: _Text) -> str:
        """A file by its path: the name of the root folder becomes the token, the rest stays as it is."""
        if unquote(unescaped(match["id"] or "")) != self._paths.root_name:
            return match[0]
        path = unquote(unescaped(references.split(match["rest"])[0])).strip("/")
        file_id = self._paths.file_at(path)
        if file_id is None:
            field.missing.append((match[0], f"{references.FILEBASE}{match['rest']}"))
        else:
            field.files.append(file_id)
        return f"{references.FILEBASE}{match['rest']}"

    def _file(self, match: re.Match[str], type_name: str, field: _Text) -> str | None:
        file_id = references.positive(match["id"])
        path = self._paths.files.get(file_id or 0)
        if file_id is None or path is None:
            return None
        field.files.append(file_id)
        query = file_query(unescaped(match["rest"]), media=type_name == references.MEDIA_IFRAME)
        return html.escape(f"{references.FILEBASE}/{quote(path, safe=references.UNESCAPED_PATH)}{query}")

    def _report_relative(self, address: str, field: _Text) -> None:
        sentence = f"{unescaped(address)} leads to the site of the course, whose address is not known."
        self._warn_once(WarningCode.LINK_STAYS_RELATIVE, address, sentence, field)

    def _report_missing(self, address: str, token: str, field: _Text) -> None:
        self._report.dangling.add(html.unescape(token))
        sentence = f"{html.unescape(address)} leads to nothing in this course."
        self._warn_once(WarningCode.LINK_TARGET_MISSING, address, sentence, field)

    def _warn_once(self, code: WarningCode, address: str, sentence: str, field: _Text) -> None:
        """Warn once of an address: a question's HTML may be written into two documents."""
        warning = (field.kind, field.object_id, field.name, address)
        if warning not in self._warned:
            self._warned.add(warning)
            self._report.warn(code, sentence, kind=field.kind, item_id=field.object_id, place=field.name)


def _has_addresses(text: str) -> bool:
    """Whether a text may hold an address of a course; most have none."""
    return "/" in text and _CANDIDATE.search(text) is not None


def site_of(course: Course, host: str) -> str:
    """Where relative addresses of a course lead: the site that its package of origin names, else `host`; "" if unknown."""
    domain = course.context_info and course.context_info.canvas_domain
    return f"https://{domain}" if domain and _DOMAIN.fullmatch(domain) else host.rstrip("/")


def own_hosts(course: Course, host: str) -> frozenset[str]:
    """The hosts whose addresses lead to this course: its site's, and those that its package of origin names."""
    sites = (site_of(course, host), host.rstrip("/"), *(course.own_hosts or ()))
    return frozenset(site.rpartition("//")[2].lower() for site in sites if site)


def file_query(rest: str, *, media: bool = False) -> str:
    """The query of a file reference, for what follows the id in its address (no character references).

    `/preview` is dropped; another sub path `/x` -> `canvas_x=1`, also the empty one in front of a query; parameters
    k=v -> `canvas_qs_k=v`, without verifiers and empty ones. The fragment stays.
    """
    path, query, fragment = references.split(rest)
    step = path.strip("/")
    pairs = []
    # The empty name in front of a query ("canvas_=1") is Canvas's.
    if step != "preview" and (step or query):
        pairs.append(f"canvas_{quote_plus(step)}=1")
    pairs += [
        f"canvas_qs_{quote_plus(name)}={quote_plus(value)}"
        for name, value in parse_qsl(query.removeprefix("?"))
        # A verifier opens the file without a login.
        if name != "verifier"
    ]
    if media:
        pairs.append("media_attachment=true")
    return f"?{'&'.join(pairs)}{fragment}" if pairs else fragment
