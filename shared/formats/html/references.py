"""The references that stand in HTML: addresses of a course's objects, and the tokens of a package for them.

Source: Canvas's rewriting of links for packages and its tokens. All matching is on HTML as it is written, so an
ampersand of a query may be `&amp;`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable

from shared.domain.kinds import Kind
from shared.formats.html.addresses import unescaped

FILEBASE = "$IMS-CC-FILEBASE$"
OBJECT = "$CANVAS_OBJECT_REFERENCE$"
COURSE = "$CANVAS_COURSE_REFERENCE$"
WIKI = "$WIKI_REFERENCE$"

FILE_CONTENTS = "file_contents"
MEDIA_IFRAME = "media_attachments_iframe"

# The types of an address that Canvas knows; None: a page of the course that shows no object of the model.
TYPES: dict[str, Kind | None] = {
    "assignments": Kind.ASSIGNMENTS,
    "announcements": Kind.DISCUSSION_TOPICS,
    "calendar_events": Kind.CALENDAR_EVENTS,
    "collaborations": None,
    "conferences": None,
    "discussion_topics": Kind.DISCUSSION_TOPICS,
    "external_tools": Kind.EXTERNAL_TOOLS,
    FILE_CONTENTS: None,
    "files": Kind.FILES,
    "grades": None,
    "groups": None,
    "items": Kind.MODULE_ITEMS,
    MEDIA_IFRAME: Kind.FILES,
    "modules": Kind.MODULES,
    "pages": Kind.PAGES,
    "quizzes": Kind.QUIZZES,
    "users": None,
    "wiki": Kind.PAGES,
}
ADDRESSES = frozenset({"href", "src", "data", "poster", "action", "cite", "longdesc"})  # attributes that hold one
# Attributes that hold some among other text.
ADDRESS_LISTS = frozenset({"srcset", "imagesrcset", "style"})
# Attributes whose addresses Canvas's older serializer escaped.
ESCAPED = frozenset({"href", "src", "action"})
# What Canvas leaves as it is in a file's path, without the two that end one.
UNESCAPED_PATH = ";/:@&=+$,[]-_.!~*'()"
# What the older serializer left, besides letters and digits.
UNESCAPED = "@/:=?;#%&,+-_.!~*'()"

# Character references that end an address in a text.
_STOP = "quot|lt|gt|nbsp|apos|#34|#39|#160|#x22|#x27|#xa0"
# An atomic match without alternatives that overlap: linear on any input. The same as a possessive one, `(?:...)*+`, which
# Python 3.11 before 3.11.5, such as that of Debian 12, matches wrong (CPython gh-106052).
REST = rf"""(?>(?:[^\s"'<>&]++|&(?!(?i:{_STOP});))*)"""
_ID = r"""[^\s"'<>&/?#]++"""
# In a sentence, the full stop behind an address ends the sentence.
_PUNCTUATION = ".,;:!?)"
_END = r"(?![\w~.%-])"
_HOST = r"""(?:https?:)?//[^\s"'<>&/?#\\()]++"""

SPACE = " \t\n\f\r"  # what HTML strips from an address
_WHITE = re.compile(rf"[{SPACE}]")
_DOLLARS = ("&#", "&dollar;")  # what a dollar sign that is a character reference begins with
_BREAKS = re.compile(r"[\t\n\r]")
_CODED = re.compile(r"&#(?:[0-9]+|[xX][0-9a-fA-F]+);")
_COURSE_PATH = re.compile(rf"(?:{_HOST})?+/(?:api/v\d+/)?+(?:courses|files)/")

TOKEN = re.compile(
    rf"(?P<mark>\$|%24)(?P<named>(?i:IMS|1EdTech)[-_](?i:CC[-_]FILEBASE)|WIKI_REFERENCE|CANVAS_(?:OBJECT|COURSE)_REFERENCE)(?P=mark)"
    rf"(?P<rest>{REST})"
)
_MARKS = re.compile(r"_REFERENCE|(?i:filebase)")
ITEM_QUERY = re.compile(r"(?<![\w-])(module_item_id=)([^&#\s\"'<>]+)")


def address_pattern(course_id: int) -> re.Pattern[str]:
    """Addresses of a course's objects: `[host][/api/v1][/courses/<id>]/<type>[/<id>][<rest>]`, or of the course itself.

    Files alone are also matched without the course, and below a bank question, as Canvas addresses them.
    Groups: host, api, course, type (or bare), id, rest (or home).
    """
    types = "|".join(sorted(set(TYPES) - {"items"}, key=len, reverse=True))
    return re.compile(
        rf"(?:(?<![\w:])(?P<host>{_HOST})|(?<![\w.~%@/-]))(?P<api>/api/v\d+)?+"
        rf"(?:(?P<course>/courses/{course_id}){_END}"
        rf"(?:/(?P<type>{types}){_END}|(?P<home>/?+(?![^\s\"'<>&?#]){REST}))"
        rf"|(?:/assessment_questions/\d++)?+/(?P<bare>files|{MEDIA_IFRAME}){_END})"
        rf"(?:/(?P<id>{_ID}))?+(?P<rest>{REST})"
    )


def tidied(address: str) -> str:
    """A path on a site as an address is written: no character references for its letters, no white space inside.

    Editors let authors type such addresses, and browsers follow them: they leave out line breaks and tabs, and encode
    blanks (URL Standard, 4.4). Any other text is returned as it is.
    """
    if "&#" not in address and _WHITE.search(address.strip(SPACE)) is None:
        return address
    before = address[: len(address) - len(address.lstrip(SPACE))]
    path = _BREAKS.sub("", _CODED.sub(_plain, address.strip(SPACE)))
    return f"{before}{path.replace(' ', '%20')}" if _COURSE_PATH.match(path) else address


def _plain(reference: re.Match[str]) -> str:
    letter = unescaped(reference[0])
    return letter if letter.isascii() and (letter.isalnum() or letter in "/-_.~") else reference[0]


def replace_in_text(pattern: re.Pattern[str], replace: Callable[[re.Match[str]], str], run: str) -> str:
    """A run of text with its references replaced; punctuation behind a reference is not part of it."""

    def replaced(match: re.Match[str]) -> str:
        reference = match[0].rstrip(_PUNCTUATION)
        again = pattern.fullmatch(reference) if reference != match[0] else None
        return replace(again) + match[0][len(reference) :] if again else replace(match)

    return pattern.sub(replaced, run)


def is_file(token: re.Match[str]) -> bool:
    """Whether a token names the files of the package: as IMS called them, or as 1EdTech does now."""
    return "FILEBASE" in token["named"].upper()


def file_path(address: str) -> str | None:
    """What follows the token for the files of the package in an address that begins with it; None for any other address."""
    token = TOKEN.match(address)
    return address[token.start("rest") :] if token and is_file(token) else None


def has_tokens(text: str) -> bool:
    """Whether a text may hold a token; most have none."""
    return any(mark in text for mark in ("$", "%24", *_DOLLARS)) and _MARKS.search(text) is not None


def plain_token(raw: str) -> str:
    """An address with a token whose characters are character references, as tokens are written; any other as it is."""
    if not any(mark in raw for mark in _DOLLARS):
        return raw
    plain = html.escape(unescaped(raw))
    return plain if TOKEN.search(plain) else raw


def split(rest: str) -> tuple[str, str, str]:
    """Sub path, query with its '?', fragment with its '#', each as written and "" where there is none."""
    before, mark, fragment = rest.partition("#")
    path, question, query = before.partition("?")
    return path, question + query, mark + fragment


def map_items(query: str, name: Callable[[str], str | None]) -> str:
    """A query with each `module_item_id` replaced by `name` of it; None keeps the id."""
    return ITEM_QUERY.sub(lambda match: match[1] + (name(unescaped(match[2])) or match[2]), query)


def positive(text: str | None) -> int | None:
    """An id: a positive whole number that fits a column; None for any other text."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 and int(text) > 0 else None
