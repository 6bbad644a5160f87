"""The HTML page that wraps a body in a cartridge: title, metas and body, both ways (Canvas: pages, descriptions)."""

from __future__ import annotations

import codecs
import html
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from shared.domain.warning_codes import WarningCode
from shared.formats.html.tokenizer import Tag, tokens
from shared.formats.importing import Importing
from shared.formats.xml_reading.prolog import to_utf8

# Byte for byte as Canvas writes it, without a doctype (its lib/cc/cc_helper.rb).
_HEAD = '<html>\n<head>\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8"/>\n'
_OF_HEADS = ("style", "script", "link", "base")
_META_NAMES = ("name", "property", "http-equiv")
_READ_IN_HEADS = frozenset({"title", "meta", *_OF_HEADS})
_END_OF_TITLE = re.compile(r"</title", re.IGNORECASE)
_END_OF_HEAD = re.compile(r"</head\s*>", re.IGNORECASE)
_END_OF_BODY = re.compile(r"</body", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class HtmlPage:
    """A page as it is read; the body is as it stands between its tags.

    `metas` are the contents of its metas by name, those of a property or of a header of HTTP behind them.
    """

    title: str
    body: str
    metas: dict[str, str] = field(default_factory=dict)
    head: dict[str, int] = field(default_factory=dict)  # elements of its head that have no place in a course, counted


def write(title: str, body: str, metas: Iterable[tuple[str, str]] = ()) -> bytes:
    """The page in UTF-8. The body goes in as it is, on lines of its own; title and metas are escaped."""
    meta_tags = "".join(f'<meta name="{_escaped(name)}" content="{_escaped(value)}"/>\n' for name, value in metas)
    page = f"{_HEAD}<title>{_escaped(title)}</title>\n{meta_tags}</head>\n<body>\n{body}\n</body>\n</html>"
    # `replace`: half of a surrogate pair, which JSON can bring, has no form in UTF-8.
    return page.encode("utf-8", "replace")


def _escaped(text: str) -> str:
    """A text for an element or an attribute of HTML."""
    # Parsers turn a carriage return into a line feed (HTML Living Standard, 13.2.3.5), and `read` strips line feeds
    # around a title.
    return html.escape(text).replace("\r", "&#13;").replace("\n", "&#10;")


def read(data: bytes) -> HtmlPage:
    """Title, named metas and body of a page of any tool; a text without a body tag is all body.

    The one line break that `write` puts on either side of the body is taken off again.
    """
    page = decode(data)
    tags, start = _before_body(page)
    title = next(filter(None, (_title(page, tag) for tag in tags if tag.name == "title")), "")
    metas, others = _named_metas(tags), [tag for tag in tags if tag.name in _OF_HEADS]
    if not start:
        head = _END_OF_HEAD.search(page)
        end = head.end() if head else 0
        return HtmlPage(title, page[end:], metas, _counted(others, end))
    return HtmlPage(title, _unwrapped(page[start : _end_of_body(page, start)]), metas, _counted(others, start))


def _before_body(page: str) -> tuple[list[Tag], int]:
    """The tags before the body that a head has, and the place behind the tag of the body, 0 without one."""
    head: list[Tag] = []
    for tag in (token for token in tokens(page) if isinstance(token, Tag)):
        if tag.name == "body":
            return head, tag.end
        if tag.name in _READ_IN_HEADS:
            head.append(tag)
    return head, 0


def _named_metas(tags: Iterable[Tag]) -> dict[str, str]:
    """The content of each meta by its name, the first of a name; the type of the page has been read."""
    metas: dict[str, str] = {}
    listed = [tag for tag in tags if tag.name == "meta"]
    for attribute in _META_NAMES:
        for tag in listed:
            name, content = tag.get(attribute), tag.get("content")
            if name is not None and name.value.lower() != "content-type":
                metas.setdefault(name.value, content.value if content else "")
    return metas


def _counted(tags: Iterable[Tag], end: int) -> dict[str, int]:
    return dict(Counter(tag.name for tag in tags if tag.start < end))


def warn_of_metas(metas: Iterable[tuple[str, str]], member: str, importing: Importing) -> None:
    """Warn of each of these metas, which a course has no place for, unless it is empty."""
    for name, text in metas:
        if text:
            importing.warn(WarningCode.META_UNKNOWN, member, f"The meta {name} has no meaning here.")


def warn_of_head(page: HtmlPage, member: str, importing: Importing) -> None:
    """Warn once of what stands in the head of a page and is in no course: its styles, scripts and links."""
    if page.head:
        counts = ", ".join(f"{number} <{name}>" for name, number in sorted(page.head.items()))
        sentence = f"The head of this page was left out: {counts}. A course keeps the body of a page alone."
        importing.warn(WarningCode.HEAD_DROPPED, member, sentence)


def _title(page: str, tag: Tag) -> str:
    end = _END_OF_TITLE.search(page, tag.end)
    return html.unescape(page[tag.end : end.start() if end else None].strip("\r\n"))


def decode(data: bytes) -> str:
    """HTML as text: by its byte order mark, else as UTF-8, else as Windows-1252, which old tools write."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF8)):
        return to_utf8(data).decode("utf-8", "replace")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _end_of_body(page: str, start: int) -> int:
    """The place of the last closing tag: scripts and comments in a body may contain others."""
    ends = [match.start() for match in _END_OF_BODY.finditer(page, start)]
    return ends[-1] if ends else len(page)


def _unwrapped(body: str) -> str:
    line_break = "\r\n" if body.startswith("\r\n") else "\n"
    return body.removeprefix(line_break).removesuffix(line_break)
