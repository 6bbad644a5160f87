"""`select`: its three shapes, its names, its flags, and the test that each object is put to."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from shared.domain.errors import InvalidSelection
from shared.domain.kinds import Kind
from shared.domain.selection import read_select, truth


@pytest.mark.parametrize("data", [None, {}, {"everything": "1"}, {"everything": True, "pages": ["1"]}])
def test_no_selection_an_empty_one_and_everything_select_every_object(data: Any) -> None:
    selection = read_select(data)
    assert selection.selected(Kind.PAGES, 5)
    assert selection.flag("course_settings")


def test_a_list_of_no_ids_selects_nothing() -> None:
    assert not read_select({"pages": []}).selected(Kind.PAGES, 5)


@pytest.mark.parametrize(
    "data",
    [
        {"pages": [5]},
        {"pages": ["5"]},
        {"pages": [" 5 "]},
        {"pages": ["wiki_page_5"]},
        {"pages": [10_000_000_000_005]},
        {"pages": ["10000000000005"]},
        {"wiki_pages": {"wiki_page_5": "1"}},
        {"wiki_pages": {"wiki_page_10000000000005": True}},
        {"wiki_pages": {"ga": "on"}},
        {"pages": ["ga"]},
        {"pages": "5"},
        {"all_pages": "1"},
        {"all_wiki_pages": "yes"},
    ],
)
def test_a_page_is_selected_by_id_or_asset_string_or_identifier_in_any_shape(data: Any) -> None:
    selection = read_select(data)
    assert selection.selected(Kind.PAGES, 5, "ga", "gb")
    assert selection.selected(Kind.PAGES, 10_000_000_000_005, "ga", "gb")
    assert not selection.selected(Kind.FILES, 5, "ga")


@pytest.mark.parametrize(
    "data",
    [
        {"pages": [6]},
        {"pages": [20_000_000_000_005]},
        {"wiki_pages": {"wiki_page_5": "0"}},
        {"wiki_pages": {"wiki_page_5": "false"}},
        {"pages": {"page_5": "1"}},
        {"all_pages": "0"},
        {"all_wiki_pages": False},
        {"nonsense": ["5"]},
        {"all_nonsense": "1"},
        {"quizzes": ["quiz_5"]},
    ],
)
def test_other_ids_false_flags_wrong_prefixes_and_unknown_types_select_nothing(data: Any) -> None:
    assert not read_select(data).selected(Kind.PAGES, 5, "ga")
    assert not read_select(data).selected(Kind.QUIZZES, 5, "ga")


@pytest.mark.parametrize("kind", [k for k in Kind if k is not Kind.COURSES])
def test_every_kind_is_selected_by_its_own_name(kind: Kind) -> None:
    assert read_select({kind.value: ["5"]}).selected(kind, 5)
    assert not read_select({kind.value: ["5"]}).selected(kind, 6)
    assert read_select({f"all_{kind.value}": "1"}).selected(kind, 6)


def test_an_announcement_goes_by_either_name_and_a_topic_by_its_own_alone() -> None:
    assert read_select({"announcements": ["5"]}).selected(Kind.ANNOUNCEMENTS, 5)
    assert read_select({"discussion_topics": ["5"]}).selected(Kind.ANNOUNCEMENTS, 5)
    assert not read_select({"announcements": ["5"]}).selected(Kind.DISCUSSION_TOPICS, 5)


def test_all_discussion_topics_are_no_announcements() -> None:
    assert not read_select({"all_discussion_topics": "1"}).selected(Kind.ANNOUNCEMENTS, 5)
    assert read_select({"all_announcements": "1"}).selected(Kind.ANNOUNCEMENTS, 5)


def test_all_assignments_are_all_assignment_groups_too() -> None:
    assert read_select({"all_assignments": "1"}).selected(Kind.ASSIGNMENT_GROUPS, 5)
    assert not read_select({"assignments": ["5"]}).selected(Kind.ASSIGNMENT_GROUPS, 5)


def test_an_object_that_is_brought_along_was_not_requested() -> None:
    selection = read_select({"pages": ["1"]}).completed({(Kind.FILES, 5): "referenced by pages 1"})
    assert selection.selected(Kind.FILES, 5)
    assert not selection.requested(Kind.FILES, 5)
    assert selection.because == {(Kind.FILES, 5): "referenced by pages 1"}


def test_a_selection_is_never_changed() -> None:
    brought = {(Kind.FILES, 5): "referenced by pages 1"}
    requested = read_select({"pages": ["1"]})
    completed = requested.completed(brought)
    brought[Kind.FILES, 6] = "referenced by pages 2"
    assert not requested.selected(Kind.FILES, 5)
    assert not completed.selected(Kind.FILES, 6)
    with pytest.raises(FrozenInstanceError):
        completed.everything = True  # type: ignore[misc]
    with pytest.raises(TypeError):
        completed.because[Kind.FILES, 7] = "referenced by pages 3"  # type: ignore[index]


@pytest.mark.parametrize("name", ["course_settings", "syllabus_body", "blueprint_settings"])
def test_a_whole_course_flag_holds_where_it_is_named(name: str) -> None:
    assert read_select({f"all_{name}": "1"}).flag(name)
    assert not read_select({f"all_{name}": "0"}).flag(name)
    assert not read_select({"pages": ["1"]}).flag(name)


def test_the_syllabus_has_a_short_flag() -> None:
    assert read_select({"syllabus_body": "1"}).flag("syllabus_body")


@pytest.mark.parametrize("data", ["pages", ["pages"], 5])
def test_a_select_that_is_no_hash_is_refused(data: Any) -> None:
    with pytest.raises(InvalidSelection, match="hash"):
        read_select(data)


def test_a_list_in_a_list_of_ids_is_refused_by_its_name() -> None:
    with pytest.raises(InvalidSelection, match=r"select\[pages\]"):
        read_select({"pages": [["5"]]})


@pytest.mark.parametrize("word", ["yes", "Y", "true", "T", "ON", "1", "2", "-1", True])
def test_words_that_are_true(word: Any) -> None:
    assert truth(word)


@pytest.mark.parametrize("word", ["no", "N", "false", "F", "off", "0", "", None, "maybe", "0.5", False])
def test_words_that_are_false(word: Any) -> None:
    assert not truth(word)
