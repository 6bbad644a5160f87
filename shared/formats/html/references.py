"""The references that stand in HTML: addresses of a course's objects, and the tokens of a package for them.

Source: Canvas's rewriting of links for packages and its tokens. All matching is on HTML as it is written, so an
ampersand of a query may be `&amp;`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable

from shared.domain.kinds import Kind

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
# Attributes whose addresses Canvas's older serializer escaped.
ESCAPED = frozenset({"href", "src", "action"})
# What Canvas leaves as it is in a file's path, without the two that end one.
UNESCAPED_PATH = ";/:@&=+$,[]-_.!~*'()"
# What the older serializer left, besides letters and digits.
UNESCAPED = "@/:=?;#%&,+-_.!~*'()"

# Character references that end an address in a text.
_STOP = "quot|lt|gt|nbsp|apos|#34|#39|#160|#x22|#x27|#xa0"
# A possessive match without alternatives that overlap: linear on any input.
REST = rf"""(?:[^\s"'<>&]++|&(?!(?i:{_STOP});))*+"""
_ID = r"""[^\s"'<>&/?#]++"""
# In a sentence, the full stop behind an address ends the sentence.
_PUNCTUATION = ".,;:!?)"
_END = r"(?![\w~.%-])"
_HOST = r"""(?:https?:)?//[^\s"'<>&/?#\\()]++"""

TOKEN = re.compile(
    rf"(?P<mark>\$|%24)(?P<named>IMS[-_]CC[-_]FILEBASE|WIKI_REFERENCE|CANVAS_(?:OBJECT|COURSE)_REFERENCE)(?P=mark)"
    rf"(?P<rest>{REST})"
)
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


def replace_in_text(pattern: re.Pattern[str], replace: Callable[[re.Match[str]], str], run: str) -> str:
    """A run of text with its references replaced; punctuation behind a reference is not part of it."""

    def replaced(match: re.Match[str]) -> str:
        reference = match[0].rstrip(_PUNCTUATION)
        again = pattern.fullmatch(reference) if reference != match[0] else None
        return replace(again) + match[0][len(reference) :] if again else replace(match)

    return pattern.sub(replaced, run)


def split(rest: str) -> tuple[str, str, str]:
    """Sub path, query with its '?', fragment with its '#', each as written and "" where there is none."""
    before, mark, fragment = rest.partition("#")
    path, question, query = before.partition("?")
    return path, question + query, mark + fragment


def map_items(query: str, name: Callable[[str], str | None]) -> str:
    """A query with each `module_item_id` replaced by `name` of it; None keeps the id."""
    return ITEM_QUERY.sub(lambda match: match[1] + (name(html.unescape(match[2])) or match[2]), query)


def positive(text: str | None) -> int | None:
    """An id: a positive whole number that fits a column; None for any other text."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 and int(text) > 0 else None
