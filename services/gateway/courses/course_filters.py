"""Which courses a request wants, and what it wants of each."""

from __future__ import annotations

from collections.abc import Collection

from multidict import MultiMapping

from shared.adapters.postgres.course_lists import AccountCourseFilter, CourseFilter
from shared.domain.path_ids import is_storable, parse_number
from shared.domain.rights import ROLE_NAMES
from shared.domain.selection import truth
from shared.http.answers import bad_request
from shared.http.query_values import wrong_value

_ROLE_OF = {name: role.value for role, name in ROLE_NAMES.items()}
_STATES = ("available", "unpublished", "completed")
_STATE_OF = {"created": "unpublished", "claimed": "unpublished"}  # those that the table keeps, to the one that is shown


def includes_of(query: MultiMapping[str]) -> frozenset[str]:
    """The fields requested beside the basic ones; unknown words mean nothing, as in Canvas."""
    return frozenset(_several(query, "include"))


def course_filter(query: MultiMapping[str]) -> CourseFilter:
    """The filter of the caller's courses. Values that nothing has match nothing, as in Canvas; 400 for what no text can be."""
    role, kind = query.get("enrollment_role"), query.get("enrollment_type")
    filters = CourseFilter(
        enrollment_state=query.get("enrollment_state") or "active",
        role=_ROLE_OF.get(role, role) if role else kind or None,
        states=tuple(_several(query, "state")) or None,
        search_term=query.get("search_term") or None,
    )
    _require_storable(
        [filters.enrollment_state, filters.role or "", *(filters.states or ()), filters.search_term or ""]
    )
    return filters


def account_course_filter(query: MultiMapping[str]) -> AccountCourseFilter:
    """The filter of the account's courses; without `state[]` all that are not deleted. Raises 400."""
    states = {_STATE_OF.get(state, state) for state in _several(query, "state")} or set(_STATES)
    if "all" in states:
        states = {*_STATES, "deleted"}
    published, completed = _flag(query, "published"), _flag(query, "completed")
    if published is not None:
        states -= {"unpublished"} if published else {"available", "completed"}
    if completed is not None:
        states &= {"completed"} if completed else states - {"completed"}
    filters = AccountCourseFilter(
        states=tuple(sorted(states)),
        search_term=query.get("search_term") or None,
        with_enrollments=_flag(query, "with_enrollments"),
        roles=tuple(_several(query, "enrollment_type")) or None,
        teachers=tuple(_numbers(query, "by_teachers")) or None,
        blueprint=_flag(query, "blueprint"),
    )
    _require_storable([*filters.states, *(filters.roles or ()), filters.search_term or ""])
    return filters


def _several(query: MultiMapping[str], name: str) -> list[str]:
    """The values of a parameter that may be given several times, as `name[]` or as `name`."""
    return [*query.getall(f"{name}[]", ()), *query.getall(name, ())]


def _numbers(query: MultiMapping[str], name: str) -> list[int]:
    numbers = [parse_number(text) for text in _several(query, name)]
    if None in numbers:
        raise wrong_value(name, "numbers")
    return [number for number in numbers if number is not None]


def _flag(query: MultiMapping[str], name: str) -> bool | None:
    return truth(query[name]) if name in query else None


def _require_storable(texts: Collection[str]) -> None:
    if not all(map(is_storable, texts)):
        raise bad_request("a filter has a character that no text can have")
