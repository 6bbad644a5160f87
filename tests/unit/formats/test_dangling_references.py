"""What refers to nothing is named: by the load and by the export, whose package is then not complete."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shared.domain.content.assignments import Assignment
from shared.domain.content.course import Course
from shared.domain.content.modules import CONTENT_KINDS, Module, ModuleItem
from shared.domain.content.registry import TYPES
from shared.domain.kinds import Kind
from shared.domain.report import Report
from tests.support import roundtrip
from tests.support.formats import an_importing
from tests.support.memory_course import MemoryCourse
from tests.support.roundtrip import Loaded

COURSE = {"id": 110, "name": "Case"}


def load(folder: Path, **documents: Any) -> Loaded:
    for name, document in {"course": COURSE, **documents}.items():
        (folder / f"{name}.json").write_text(json.dumps(document))
    return roundtrip.load(folder)


def codes(loaded: Loaded) -> list[str]:
    return [str(warning.code) for warning in loaded.importing.warnings]


def exported(loaded: Loaded, tmp_path: Path, **request: Any) -> Report:
    return roundtrip.export(loaded, tmp_path / "p.imscc", **request)


@pytest.mark.parametrize("item_type", CONTENT_KINDS)
@pytest.mark.parametrize("content_id", [None, 0, 77])
def test_an_item_that_shows_nothing_is_named_by_load_and_export(
    tmp_path: Path, item_type: str, content_id: int | None
) -> None:
    item = {"id": 3, "module_id": 1, "type": item_type, "title": "Gone", "content_id": content_id, "page_url": "gone"}
    loaded = load(tmp_path, modules=[{"id": 1, "name": "M"}], module_items=[item])
    assert codes(loaded) == ["item_without_content"]
    report = exported(loaded, tmp_path)
    assert [(w.code, w.kind, w.item_id) for w in report.warnings] == [("item_without_content", Kind.MODULE_ITEMS, 3)]
    assert "Gone" in report.warnings[0].message
    assert not report.receipt().complete


@pytest.mark.parametrize("address", [None, ""])
def test_a_link_without_an_address_is_named_by_load_and_export(tmp_path: Path, address: str | None) -> None:
    item = {"id": 3, "module_id": 1, "type": "ExternalUrl", "title": "Nowhere", "external_url": address}
    loaded = load(tmp_path, modules=[{"id": 1, "name": "M"}], module_items=[item])
    assert codes(loaded) == ["item_without_content"]
    (warning,) = exported(loaded, tmp_path).warnings
    assert (warning.code, warning.message) == ("item_without_content", "The item Nowhere is a link without an address.")


def test_an_item_of_an_unknown_type_is_named_by_load_and_export(tmp_path: Path) -> None:
    item = {"id": 3, "module_id": 1, "type": "Hologram", "title": "Sea", "content_id": 9}
    loaded = load(tmp_path, modules=[{"id": 1, "name": "M"}], module_items=[item])
    assert codes(loaded) == ["item_type_unknown"]
    report = exported(loaded, tmp_path)
    assert [(each.code, each.message) for each in report.warnings] == [
        ("item_type_unknown", "The item Sea is of an unknown type: Hologram.")
    ]
    assert not report.receipt().complete


def test_a_module_that_waits_for_itself_is_named_by_load_and_export(tmp_path: Path) -> None:
    loaded = load(tmp_path, modules=[{"id": 1, "name": "M", "prerequisite_module_ids": [1]}])
    assert codes(loaded) == ["prerequisite_unknown"]
    (warning,) = exported(loaded, tmp_path).warnings
    assert warning.message == "The module M is its own prerequisite, so that nobody ever reaches it."


def test_modules_that_wait_for_each_other_are_named_by_load_and_export(tmp_path: Path) -> None:
    waits = {1: [3], 2: [1], 3: [2, 4], 4: [], 5: [1]}
    modules = [{"id": n, "name": f"M{n}", "prerequisite_module_ids": others} for n, others in waits.items()]
    loaded = load(tmp_path, modules=modules)
    sentence = "The modules M1, M2, M3 wait for each other, so that nobody ever reaches them."
    assert [(w.code, w.message) for w in loaded.importing.warnings] == [("prerequisite_unknown", sentence)]
    work = roundtrip.packing(loaded)
    assert [*roundtrip.members(work)]
    work.close()
    assert [(w.code, w.item_id, w.message) for w in work.report.warnings] == [("prerequisite_unknown", 1, sentence)]
    assert not work.report.receipt().complete
    exported(loaded, tmp_path)
    assert codes(roundtrip.load(tmp_path / "p.imscc")) == ["prerequisite_unknown"]


def test_a_rule_for_an_assignment_that_is_missing_is_named_by_load_and_export(tmp_path: Path) -> None:
    groups = [{"id": 1, "name": "Essays", "rules": {"never_drop": [5, 77]}}]
    loaded = load(tmp_path, assignment_groups=groups, assignments=[{"id": 5, "name": "E", "assignment_group_id": 1}])
    sentence = "A score that Essays never drops is that of an assignment that the course does not have."
    assert [(w.code, w.message) for w in loaded.importing.warnings] == [("reference_dangling", sentence)]
    (warning,) = exported(loaded, tmp_path).warnings
    assert (warning.code, warning.item_id, warning.place) == ("reference_dangling", 1, "rules.never_drop[1]")


def test_an_item_that_shows_something_is_no_warning(tmp_path: Path) -> None:
    items = [
        {"id": 1, "module_id": 1, "type": "Page", "title": "By url", "page_url": "p"},
        {"id": 2, "module_id": 1, "type": "Discussion", "title": "News", "content_id": 5},
        {"id": 3, "module_id": 1, "type": "ExternalTool", "title": "Tool", "external_url": "https://tool.example.org"},
        {"id": 4, "module_id": 1, "type": "ExternalUrl", "title": "Link", "external_url": "https://example.org"},
        {"id": 5, "module_id": 1, "type": "SubHeader", "title": "Header"},
    ]
    pages, news = [{"id": 9, "url": "p", "title": "P", "body": "b"}], [{"id": 5, "title": "N", "message": "m"}]
    loaded = load(tmp_path, modules=[{"id": 1, "name": "M"}], module_items=items, pages=pages, announcements=news)
    assert codes(loaded) == []
    report = exported(loaded, tmp_path)
    assert (report.warnings, report.receipt().complete) == ([], True)


def test_an_item_whose_content_was_deleted_shows_nothing(tmp_path: Path) -> None:
    page = {"id": 9, "url": "p", "title": "P", "body": "b", "workflow_state": "deleted"}
    item = {"id": 1, "module_id": 1, "type": "Page", "title": "P", "page_url": "p"}
    loaded = load(tmp_path, modules=[{"id": 1, "name": "M"}], module_items=[item], pages=[page])
    assert [warning.code for warning in exported(loaded, tmp_path).warnings] == ["item_without_content"]


def test_a_prerequisite_that_is_no_module_is_named_with_what_is_known_of_it(tmp_path: Path) -> None:
    modules = [{"id": 1, "name": "M", "prerequisite_module_ids": [2, 99]}, {"id": 2, "name": "N"}]
    loaded = load(tmp_path, modules=modules)
    assert codes(loaded) == ["prerequisite_unknown"]
    report = exported(loaded, tmp_path)
    assert [(w.code, w.item_id, w.place) for w in report.warnings] == [
        ("prerequisite_unknown", 1, "prerequisite_module_ids[1]")
    ]
    assert not report.receipt().complete


def test_a_selection_knows_the_objects_that_it_leaves_out(tmp_path: Path) -> None:
    objects = {
        Kind.MODULES: [Module(id=1, name="M", prerequisite_module_ids=[2]), Module(id=2, name="N")],
        Kind.ASSIGNMENT_GROUPS: [TYPES[Kind.ASSIGNMENT_GROUPS].from_json({"id": 4, "name": "G"})],
        Kind.ASSIGNMENTS: [Assignment(id=5, name="A", assignment_group_id=4)],
        Kind.MODULE_ITEMS: [ModuleItem(id=6, module_id=1, title="A", type="Assignment", content_id=5)],
    }
    loaded = Loaded(an_importing(), MemoryCourse(Course(id=110, name="C"), objects, {}))
    assert exported(loaded, tmp_path, select={"modules": ["1"]}).warnings == []


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (Kind.ASSIGNMENTS, {"name": "A", "assignment_group_id": 99}),
        (Kind.ASSIGNMENTS, {"name": "A", "rubric_settings": {"id": 99}}),
        (Kind.ASSIGNMENTS, {"name": "A", "annotatable_attachment_id": 99}),
        (Kind.DISCUSSION_TOPICS, {"title": "T", "message": "m", "assignment_id": 99}),
        (Kind.LEARNING_OUTCOMES, {"title": "O", "outcome_group_id": 99}),
    ],
)
def test_a_reference_to_what_does_not_exist_is_named_by_load_and_export(
    tmp_path: Path, kind: Kind, fields: dict[str, Any]
) -> None:
    loaded = load(tmp_path, **{kind.value: [{"id": 1, **fields}]})
    assert codes(loaded) == ["reference_dangling"]
    report = exported(loaded, tmp_path)
    assert {(w.code, w.kind, w.item_id) for w in report.warnings} == {("reference_dangling", kind, 1)}
    assert not report.receipt().complete


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        (Kind.MODULE_ITEMS, "module_id"),
        (Kind.QUIZ_QUESTIONS, "quiz_id"),
        (Kind.QUIZ_GROUPS, "quiz_id"),
        (Kind.BANK_QUESTIONS, "question_bank_id"),
    ],
)
def test_an_object_inside_of_nothing_is_named_by_the_load(tmp_path: Path, kind: Kind, field: str) -> None:
    loaded = load(tmp_path, **{kind.value: [{"id": 1, field: 99, "title": "Lost", "name": "Lost"}]})
    assert codes(loaded) == ["reference_dangling"]
