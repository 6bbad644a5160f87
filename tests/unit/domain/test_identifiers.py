"""Identifiers of a course: a mapping like any other, in a fraction of the memory."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.identifiers import Identified, Identifiers, Ids
from shared.domain.kinds import Kind

KEYS = st.tuples(st.sampled_from([Kind.PAGES, Kind.FILES]), st.integers(1, 2**62), st.sampled_from(["", "meta"]))


@given(st.lists(st.tuples(KEYS, st.text(max_size=40))))
def test_identifiers_in_any_order_are_found_and_the_last_of_each_counts(rows: list[tuple[Identified, str]]) -> None:
    found, expected = Identifiers(), dict(rows)
    for key, name in rows:
        found.add(*key, name)
    assert dict(found) == expected
    assert len(found) == len(expected)
    assert Identifiers.of(expected) == expected


def test_what_was_not_added_is_not_there() -> None:
    found = Identifiers.of({(Kind.PAGES, 5, ""): "g5"})
    for key in ((Kind.PAGES, 4, ""), (Kind.PAGES, 6, ""), (Kind.PAGES, 5, "meta"), (Kind.FILES, 5, "")):
        assert key not in found
        assert found.get(key, "none") == "none"
        with pytest.raises(KeyError):
            found[key]


def test_a_hundred_thousand_take_a_few_megabytes() -> None:
    found = Identifiers()
    for number in range(100_000):
        found.add(Kind.QUIZ_QUESTIONS, number + 1, "", f"g{number:032x}")
    (column,) = found._columns.values()
    assert sum(map(sys.getsizeof, (column._ids, column._ends, column._text, column._others))) < 6_500_000


@given(st.lists(st.integers(-(2**62), 2**62)), st.lists(st.integers(-(2**62), 2**62)))
def test_a_set_of_ids_has_what_was_added_and_nothing_else(first: list[int], then: list[int]) -> None:
    ids = Ids()
    for some, there in ((first, {*first}), (then, {*first, *then})):
        for object_id in some:
            ids.add(object_id)
        assert all(object_id in ids for object_id in there)
        assert not any(object_id + 1 in ids for object_id in there if object_id + 1 not in there)
    assert 7 not in Ids()
