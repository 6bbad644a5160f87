"""The form of a new export is a request of the API."""

from __future__ import annotations

from services.console.teacher.create_form import NewExport, create_request, read_form, select_of


def test_a_form_without_a_selection_asks_for_everything() -> None:
    form = [
        ("csrf", "x"),
        ("export_type", "common_cartridge"),
        ("version-common_cartridge", "1.3"),
        ("scope", "everything"),
    ]
    new = read_form([*form, ("version-qti", "2.1"), ("target-common_cartridge", "generic")])
    assert create_request(new) == {
        "export_type": "common_cartridge",
        "coalesce": True,
        "version": "1.3",
        "target": "generic",
    }


def test_ticked_boxes_are_the_selection() -> None:
    boxes = ["select[wiki_pages][wiki_page_1]", "select[all_quizzes]", "select[folders][folder_2]"]
    new = read_form([("export_type", "common_cartridge"), ("scope", "chosen"), *((box, "1") for box in boxes)])
    selected = {"all_quizzes": True, "folders": {"folder_2": True}, "wiki_pages": {"wiki_page_1": True}}
    assert create_request(new)["select"] == selected
    assert not new.selects_nothing


def test_boxes_that_the_type_does_not_take_are_left_out() -> None:
    boxes = {"select[wiki_pages][wiki_page_1]", "select[quizzes][quizzes:quiz_7]", "select[folders][folder_2]"}
    assert select_of(boxes, "qti") == {"quizzes": {"quizzes:quiz_7": True}}
    assert select_of(boxes, "zip") == {"folders": {"folder_2": True}}
    pages_alone = NewExport(export_type="qti", scope="chosen", selected=frozenset({"select[all_wiki_pages]"}))
    assert pages_alone.selects_nothing


def test_fields_that_no_form_of_ours_has_select_nothing() -> None:
    new = read_form([("scope", "chosen"), ("select[a][b][c]", "1"), ("select[]", "1"), ("selection", "1")])
    assert new.selected == frozenset()
    assert new.selects_nothing


def test_options_are_those_that_are_ticked() -> None:
    new = read_form([("export_type", "zip"), ("include_report", "1"), ("dry_run", "1")])
    assert create_request(new) == {"export_type": "zip", "coalesce": True, "include_report": True}
