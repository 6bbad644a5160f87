"""The objects of a message: taken apart and checked, each bad one refused alone with the path of its field."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.content.version import Version
from shared.domain.kinds import Kind
from shared.formats.importing import Importing
from shared.intake.taken_objects import ObjectReader, TakenObject

SENT = datetime(2026, 11, 27, 12, tzinfo=UTC)


def reading(kind: Kind, *objects: dict[str, Any]) -> tuple[list[TakenObject], ObjectReader]:
    importing = Importing(course_id=1, next_id=itertools.count(5000).__next__)
    reader = ObjectReader(importing, SENT)
    return reader.read(kind, objects), reader


@pytest.mark.parametrize(
    ("bad", "path"),
    [
        (5, "data.objects[1]"),
        (None, "data.objects[1]"),
        ([{"id": 2}], "data.objects[1]"),
        ({"id": 2, "title": ["no text"]}, "data.objects[1].title"),
        ({"title": "no id"}, "data.objects[1].id"),
        ({"id": 0, "title": "x"}, "data.objects[1].id"),
        ({"id": 2**63, "title": "x"}, "data.objects[1].id"),
        ({"id": "x", "title": "x"}, "data.objects[1].id"),
        ({"id": 2, "title": "a\0b"}, "data.objects[1].title"),
        ({"id": 2, "deep": [{"text": "\ud800"}]}, "data.objects[1].deep[0].text"),
        ({"id": 2, "publish_at": "yesterday"}, "data.objects[1].publish_at"),
        ({"id": 2, "revision": "7"}, "data.objects[1].revision"),
        ({"id": 2, "updated_at": "soon"}, "data.objects[1].updated_at"),
    ],
)
def test_a_bad_object_is_refused_alone_with_its_path(bad: Any, path: str) -> None:
    taken, reader = reading(Kind.PAGES, {"id": 1, "title": "good"}, bad, {"id": 3, "title": "good"})
    assert [each.item.id for each in taken] == [1, 3]
    [refused] = reader.refused
    assert refused.path == path
    assert refused.message


@pytest.mark.parametrize(
    ("kind", "bad", "path"),
    [
        (Kind.FILES, {"id": 1, "display_name": "a", "sha256": "A" * 64}, "data.objects[0].sha256"),
        (Kind.FILES, {"id": 1, "display_name": "a", "folder_id": 2**63}, "data.objects[0].folder_id"),
        (Kind.FILES, {"id": 1, "display_name": "a", "size": 10**30}, "data.objects[0].size"),
        (Kind.MODULES, {"id": 1, "name": "m", "items": [{"id": 5}, 7]}, "data.objects[0].items[1]"),
        (
            Kind.MODULES,
            {"id": 1, "items": [{"id": 5, "title": 1, "position": "x"}]},
            "data.objects[0].items[0].position",
        ),
    ],
)
def test_the_path_leads_into_other_kinds_and_into_objects_inside_of_others(
    kind: Kind, bad: dict[str, Any], path: str
) -> None:
    _, reader = reading(kind, bad)
    assert [refused.path for refused in reader.refused] == [path]


def test_an_object_inside_of_another_has_its_version_unless_it_has_its_own() -> None:
    items = [{"id": 5, "title": "a"}, {"id": 6, "title": "b", "revision": 2}]
    taken, _ = reading(Kind.MODULES, {"id": 1, "name": "m", "revision": 9, "items": items})
    versions = {(each.kind, each.item.id): each.version.revision for each in taken}
    assert versions == {(Kind.MODULES, 1): 9, (Kind.MODULE_ITEMS, 5): 9, (Kind.MODULE_ITEMS, 6): 2}
    assert all("revision" not in each.item.to_json() for each in taken)


def test_an_object_without_a_version_is_as_old_as_its_message() -> None:
    [own, sent], _ = reading(Kind.PAGES, {"id": 1, "updated_at": "2026-01-01T00:00:00Z"}, {"id": 2})
    assert own.version == Version(None, datetime(2026, 1, 1, tzinfo=UTC), SENT)
    assert sent.version == Version(None, SENT, SENT)


def test_of_two_states_of_an_object_in_one_message_the_newer_one_is_taken() -> None:
    later = (SENT + timedelta(days=1)).isoformat()
    taken, reader = reading(
        Kind.PAGES, {"id": 1, "title": "old"}, {"id": 1, "title": "new", "updated_at": later}, {"id": 1, "title": "old"}
    )
    assert [each.item.label for each in taken] == ["new"]
    assert (reader.older, reader.unchanged, reader.refused) == (2, 0, [])


def test_what_is_measured_of_bytes_is_not_believed_of_others() -> None:
    [file], _ = reading(Kind.FILES, {"id": 1, "display_name": "a", "sha256": "a" * 64, "size": 3, "crc32": 1})
    assert "crc32" not in file.item.to_json()


def test_an_object_that_is_nested_too_deep_to_be_looked_through_is_refused() -> None:
    deep: list[Any] = []
    for _ in range(2000):
        deep = [deep]
    taken, reader = reading(Kind.PAGES, {"id": 1, "deep": deep}, {"id": 2})
    assert ([each.item.id for each in taken], [each.path for each in reader.refused]) == ([2], ["data.objects[0]"])


def module(number: int, revision: int, *items: dict[str, Any]) -> dict[str, Any]:
    return {"id": number, "name": "m", "revision": revision, "items": list(items)}


@given(st.permutations(range(1, 6)), st.integers(1, 2))
def test_of_many_states_of_an_object_inside_of_others_the_newest_one_is_taken(order: list[int], modules: int) -> None:
    states = [module(n % modules + 1, n, {"id": 9, "title": f"state {n}"}) for n in order]
    taken, _ = reading(Kind.MODULES, *states)
    [item] = [each for each in taken if each.kind is Kind.MODULE_ITEMS]
    assert (item.item.label, item.version.revision) == ("state 5", 5)


def test_an_object_that_is_listed_counts_before_a_state_inside_of_another_and_gets_its_parent() -> None:
    inner, outer = {"id": 2, "title": "inner"}, {"id": 1, "title": "outer", "revision": 9}
    taken, _ = reading(
        Kind.LEARNING_OUTCOME_GROUPS, {**outer, "subgroups": [inner]}, {"id": 2, "title": "listed", "revision": 3}
    )
    [group] = [each.item for each in taken if each.item.id == 2]
    assert (group.label, group.to_json()["parent_outcome_group_id"]) == ("listed", 1)


def test_an_object_inside_of_another_with_a_time_of_its_own_has_the_revision_of_that_one() -> None:
    item = {"id": 5, "title": "a", "updated_at": "2026-01-01T00:00:00Z"}
    taken, _ = reading(Kind.MODULES, module(1, 9, item))
    [version] = [each.version for each in taken if each.kind is Kind.MODULE_ITEMS]
    assert version == Version(9, datetime(2026, 1, 1, tzinfo=UTC))
