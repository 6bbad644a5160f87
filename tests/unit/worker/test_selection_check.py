"""What a selection names in vain is reported before anything is packed, and a selection of nothing is no export."""

from __future__ import annotations

from typing import Any

import pytest

from services.qti.__main__ import BUILDER as QTI
from services.zip.__main__ import BUILDER as ZIP
from shared.domain.content.files import File
from shared.domain.content.pages import Page
from shared.domain.content.quizzes import Quiz
from shared.domain.content.topics import DiscussionTopic
from shared.domain.errors import NothingSelected
from shared.domain.kinds import SHARD, Kind
from shared.domain.selection import parse_select
from shared.formats.identifiers import key, local_key
from shared.worker.selection_check import check_selection
from tests.support.formats import a_packing

OBJECTS: dict[Kind, list[Any]] = {
    Kind.PAGES: [Page(id=5, url="tides", migration_id="own")],
    Kind.ANNOUNCEMENTS: [DiscussionTopic(id=6, title="News")],
    Kind.QUIZZES: [Quiz(id=8, title="Quiz")],
    Kind.FILES: [File(id=9, folder_id=1, display_name="a")],
}


def warnings_of(select: Any, selectable: frozenset[Kind] | None = None) -> list[tuple[str, str | None, int | None]]:
    packing = a_packing(OBJECTS, select=select)
    check_selection(packing, parse_select(select), selectable)
    return [(each.code, each.place, each.item_id) for each in packing.report.warnings]


@pytest.mark.parametrize(
    "select",
    [
        None,
        {"everything": "1", "pages": [99]},
        {"pages": [5, "wiki_page_5", SHARD + 5, key(Kind.PAGES, 5), local_key(Kind.PAGES, 5)]},
        {"discussion_topics": [6]},
        {"quizzes": ["8"], "pages": {"99": "0"}},
        {"all_pages": "1", "all_course_settings": "1", "syllabus_body": "1", "all_blueprint_settings": "1"},
    ],
)
def test_what_exists_is_no_warning_under_any_of_its_names(select: Any) -> None:
    assert warnings_of(select) == []


def test_unknown_keys_and_missing_objects_are_warnings_of_an_incomplete_report() -> None:
    select = {"pages": [5, 99, "gone"], "frogs": [1], "all_frogs": "1"}
    assert warnings_of(select) == [
        ("kind_unknown", "select[frogs]", None),
        ("kind_unknown", "select[all_frogs]", None),
        ("selected_missing", "select[wiki_pages]", 99),
        ("selected_missing", "select[wiki_pages]", None),
    ]
    packing = a_packing(OBJECTS, select=select)
    check_selection(packing, parse_select(select), None)
    assert not packing.report.receipt().complete


@pytest.mark.parametrize(
    ("selectable", "select"),
    [
        (None, {"pages": [99]}),
        (None, {"frogs": [5], "all_frogs": "1"}),
        (None, {"everything": "0"}),
        (None, {"all_pages": "0", "pages": {}}),
        (QTI.selectable, {"quizzes": [99]}),
        (QTI.selectable, {"pages": [5]}),
        (ZIP.selectable, {"quizzes": [8]}),
    ],
)
def test_a_selection_of_nothing_that_the_type_can_pack_fails(
    selectable: frozenset[Kind] | None, select: dict[str, Any]
) -> None:
    with pytest.raises(NothingSelected):
        warnings_of(select, selectable)


def test_a_flag_selects_also_where_the_course_has_nothing_of_it() -> None:
    assert warnings_of({"all_rubrics": "1"}) == []
