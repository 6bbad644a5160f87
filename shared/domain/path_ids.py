"""The identifiers of a course, group or user in a request path. Source: Canvas, object ids, SIS ids and special ids."""

from __future__ import annotations

import re
from dataclasses import dataclass

from shared.domain.export import ContextType

_MAX_ID = 2**63 - 1
LARGEST_NEW_ID = 2**53  # of a course, group or user: later ids follow it, and JSON numbers of this size are exact
_MOST_DIGITS = 19  # of _MAX_ID; a cheap check before `int`
_ALIAS = re.compile(r"((?:sis|lti)_\w+):(.+)", re.DOTALL)
_HEX = re.compile(r"hex:((?:sis|lti)_\w+):((?:[0-9A-Fa-f]{2})+)")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_UUID = re.compile(r"uuid:([\w-]{36,})")

_KINDS = {each.route: each for each in ContextType}
# The word before the colon -> the field of the REST object that has the value.
_FIELDS: dict[ContextType, dict[str, str]] = {
    ContextType.COURSE: {
        "sis_course_id": "sis_course_id",
        "sis_integration_id": "integration_id",
        "lti_context_id": "lti_context_id",
    },
    ContextType.GROUP: {"sis_group_id": "sis_group_id", "lti_context_id": "lti_context_id"},
    ContextType.USER: {
        "sis_user_id": "sis_user_id",
        "sis_login_id": "login_id",
        "sis_integration_id": "integration_id",
        "lti_user_id": "lti_user_id",
    },
}


@dataclass(frozen=True, slots=True)
class Alias:
    """An identifier other than the id: a field of the REST object, or `uuid`, and its value."""

    field: str
    value: str


def is_storable(text: str) -> bool:
    """Whether the database can hold a text: it has no NUL and no half of a surrogate pair (JSON may name either)."""
    return not _UNSTORABLE.search(text)


def is_id(number: int) -> bool:
    """Whether an object can have this id: it is positive and fits a bigint."""
    return 0 < number <= _MAX_ID


def parse_number(text: str) -> int | None:
    """An id of 1 to 19 ASCII digits that fits a bigint; None for any other text."""
    if not (text.isdigit() and text.isascii() and len(text) <= _MOST_DIGITS):
        return None
    number = int(text)
    return number if number <= _MAX_ID else None


def parse_id(kind: ContextType, text: str) -> int | Alias | None:
    """`12`, `sis_course_id:ABC`, `hex:sis_course_id:414243` or `uuid:...`; None for any other text."""
    if (number := parse_number(text)) is not None:
        return number
    if match := _UUID.fullmatch(text):
        return Alias("uuid", match[1].lower())
    if match := _HEX.fullmatch(text):
        return _alias(kind, match[1], bytes.fromhex(match[2]).decode("utf-8", "replace"))
    if match := _ALIAS.fullmatch(text):
        return _alias(kind, match[1], match[2])
    return None


def parse_context(text: str) -> tuple[ContextType, int | Alias | None] | None:
    """`courses/12`, `groups/sis_group_id:G1`, `users/self`: the type and the id; None for any other text.

    The id of `users/self` is None.
    """
    route, _, name = text.strip("/").partition("/")
    kind = _KINDS.get(route)
    if kind is ContextType.USER and name == "self":
        return kind, None
    reference = None if kind is None else parse_id(kind, name)
    return None if kind is None or reference is None else (kind, reference)


def _alias(kind: ContextType, word: str, value: str) -> Alias | None:
    field = _FIELDS[kind].get(word)
    if field is None or not is_storable(value):
        return None
    return Alias(field, value.lower() if field == "login_id" else value)
