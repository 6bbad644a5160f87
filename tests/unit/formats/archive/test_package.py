"""The zip export of Canvas: its worked example, its table of permissions, and what this service does better."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.domain.content.files import File, Folder
from shared.domain.content.modules import Module, ModuleItem
from shared.domain.errors import NothingSelected
from shared.domain.kinds import Kind
from shared.formats.archive.package import archive
from shared.formats.archive.permissions import RequesterRights
from shared.formats.packing import Packing
from tests.support.archives import Shelf, packed
from tests.support.formats import a_packing
from tests.support.memory_course import stored

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PAST, FUTURE = "2026-11-22T12:00:00Z", "2026-11-24T12:00:00Z"
TEACHER = RequesterRights(NOW, manages_files=True, reads_as_admin=True, reads_files=True)
CONCLUDED = RequesterRights(NOW, reads_as_admin=True, reads_files=True)
STUDENT = RequesterRights(NOW, reads_files=True)
STRANGER = RequesterRights(NOW)

ROOT, WEEK, IMG, EMPTY = 1, 2, 3, 4


def folder(folder_id: int, name: str, parent: int | None = None, **more: Any) -> Folder:
    return Folder(id=folder_id, name=name, parent_folder_id=parent, **more)


def file(file_id: int, name: str, parent: int | None = ROOT, **more: Any) -> File:
    return File(id=file_id, display_name=name, folder_id=parent, **{**stored(name.encode()), **more})


FOLDERS = [
    folder(ROOT, "course files"),
    folder(WEEK, "week 1", ROOT),
    folder(IMG, "img", WEEK),
    folder(EMPTY, "empty", WEEK),
]
FILES = [file(10, "a.txt"), file(11, "b.txt", WEEK), file(12, "c.png", IMG)]


def packing(select: Any = None, folders: Sequence[Folder] = FOLDERS, files: Sequence[File] = FILES) -> Packing:
    return a_packing({Kind.FOLDERS: folders, Kind.FILES: files}, select=select)


def paths(packing: Packing, reader: RequesterRights = TEACHER) -> list[str]:
    return [entry.path for entry in archive(packing, reader).entries]


@pytest.mark.parametrize(
    ("select", "name", "entries"),
    [
        (
            None,
            "course_files_export.zip",
            ["week 1/", "week 1/img/", "week 1/empty/", "week 1/img/c.png", "week 1/b.txt", "a.txt"],
        ),
        ({"folders": {"folder_3": "1"}}, "week_1_export.zip", ["img/", "img/c.png"]),
        ({"attachments": {"attachment_12": "1"}}, "img_export.zip", ["c.png"]),
        (
            {"folders": ["3"], "files": ["10"]},
            "course_files_export.zip",
            ["week 1/img/", "week 1/img/c.png", "a.txt"],
        ),
        ({"folders": ["4"]}, "week_1_export.zip", ["empty/"]),
    ],
)
def test_an_archive_begins_at_the_deepest_folder_of_what_was_selected_and_is_named_after_it(
    select: Any, name: str, entries: list[str]
) -> None:
    made = archive(packing(select), TEACHER)
    assert made.filename == name
    assert [entry.path for entry in made.entries] == entries


@pytest.mark.parametrize("select", [None, {}, {"everything": True}, {"all_attachments": "1"}, {"folders": ["1"]}])
def test_everything_is_the_root_folder(select: Any) -> None:
    assert len(paths(packing(select))) == 6


@pytest.mark.parametrize(
    "select",
    [
        {"all_folders": True},
        {"folders": ["99"]},
        {"attachments": ["99"]},
        {"folders": {"attachment_10": "1"}},
        {"folders": {"folder_3": "0"}},
        {"pages": ["1"]},
    ],
)
def test_a_selection_of_nothing_that_exists_is_an_error(select: Any) -> None:
    with pytest.raises(NothingSelected):
        archive(packing(select), TEACHER)


LOCKED = {"locked": True}
LATER = {"unlock_at": FUTURE}
OVER = {"lock_at": PAST}
OPEN = {"unlock_at": PAST, "lock_at": FUTURE}
HIDDEN = {"hidden": True}
BY_ID = {"attachments": ["12"]}
BY_FOLDER = {"folders": ["3"]}


@pytest.mark.parametrize("select", [BY_ID, BY_FOLDER, None])
@pytest.mark.parametrize(
    ("of_file", "of_folder", "student_by_id", "student_by_folder"),
    [
        ({}, {}, True, True),
        (OPEN, OPEN, True, True),
        (LOCKED, {}, False, False),
        (LATER, {}, False, False),
        (OVER, {}, False, False),
        (HIDDEN, {}, True, False),
        ({}, LOCKED, False, False),
        ({}, LATER, False, False),
        ({}, OVER, False, False),
        ({}, HIDDEN, True, False),
    ],
)
def test_the_table_of_permissions(
    select: Any, of_file: Any, of_folder: Any, student_by_id: bool, student_by_folder: bool
) -> None:
    folders = [*FOLDERS[:2], folder(IMG, "img", WEEK, **of_folder)]
    files = [file(12, "c.png", IMG, **of_file)]
    for reader in (TEACHER, CONCLUDED):
        assert any(path.endswith("c.png") for path in paths(packing(select, folders, files), reader))
    expected = student_by_id if select is BY_ID else student_by_folder
    assert any(path.endswith("c.png") for path in paths(packing(select, folders, files), STUDENT)) == expected


@pytest.mark.parametrize("of_folder", [LOCKED, HIDDEN])
def test_a_folder_that_may_not_be_opened_hides_all_below_it(of_folder: Any) -> None:
    folders = [FOLDERS[0], folder(WEEK, "week 1", ROOT, **of_folder), *FOLDERS[2:]]
    assert paths(packing(None, folders), STUDENT) == ["a.txt"]
    assert paths(packing({"folders": ["3"]}, folders), STUDENT) == []


def test_a_file_of_a_locked_ancestor_is_not_had_by_its_id() -> None:
    folders = [FOLDERS[0], folder(WEEK, "week 1", ROOT, locked=True), *FOLDERS[2:]]
    assert paths(packing(BY_ID, folders), STUDENT) == []


def test_a_hidden_files_tab_closes_the_folders_but_not_the_file_that_is_named() -> None:
    reader = RequesterRights(NOW, reads_files=True, files_tab_hidden=True)
    assert paths(packing(None), reader) == []
    assert paths(packing(BY_ID), reader) == ["c.png"]


def test_a_user_who_may_not_read_files_gets_a_valid_empty_zip() -> None:
    made = archive(packing(BY_ID), STRANGER)
    assert made.filename == "course_files_export.zip", "nothing of what it may not open gives it a name"
    with packed(made.entries) as package:
        assert package.namelist() == []


def test_a_file_of_a_module_that_opens_later_is_locked_for_students() -> None:
    modules = {
        Kind.MODULES: [Module(id=1, name="M", unlock_at=FUTURE), Module(id=2, name="N", unlock_at=PAST)],
        Kind.MODULE_ITEMS: [
            ModuleItem(id=1, module_id=1, type="File", content_id=12),
            ModuleItem(id=2, module_id=2, type="File", content_id=11),
            ModuleItem(id=3, module_id=1, type="Page", content_id=10),
        ],
    }
    content = a_packing({Kind.FOLDERS: FOLDERS, Kind.FILES: FILES, **modules})
    assert "week 1/img/c.png" in paths(content, TEACHER)
    assert [path for path in paths(content, STUDENT) if not path.endswith("/")] == ["week 1/b.txt", "a.txt"]


def test_what_lies_in_a_deleted_folder_is_out() -> None:
    folders = [FOLDERS[0], FOLDERS[2]]  # img, whose parent is missing
    assert paths(packing(None, folders)) == ["a.txt"]
    with pytest.raises(NothingSelected):
        archive(packing(BY_ID, folders), TEACHER)


def test_a_file_without_a_folder_lies_in_the_root_folder() -> None:
    assert paths(packing(None, FOLDERS[:1], [file(10, "a.txt", None)])) == ["a.txt"]


@pytest.mark.parametrize("root", ["course files", "my files", "files"])
def test_a_context_without_folders_has_its_root_folder_all_the_same(root: str) -> None:
    made = archive(packing(None, [], [file(10, "a.txt", None)]), TEACHER, root)
    assert made.filename == f"{root.replace(' ', '_')}_export.zip"
    assert [entry.path for entry in made.entries] == ["a.txt"]


def test_an_empty_root_folder_gives_an_empty_zip_named_after_it() -> None:
    made = archive(packing(None, FOLDERS[:1], []), TEACHER)
    assert (made.filename, list(made.entries)) == ("course_files_export.zip", [])


def test_a_file_selected_with_its_folder_is_there_once() -> None:
    assert paths(packing({"folders": ["3", "2"], "attachments": ["12"]})).count("week 1/img/c.png") == 1


def test_files_selected_by_id_come_in_the_order_of_the_selection() -> None:
    assert paths(packing({"attachments": ["12", "10", "11"]})) == ["week 1/img/c.png", "a.txt", "week 1/b.txt"]


def test_namesakes_keep_apart_and_the_report_states_their_names() -> None:
    files = [file(1, "Notes.txt"), file(2, "notes.txt"), file(3, "a:b.txt"), file(4, "week 1")]
    content = packing(None, FOLDERS, files)
    assert paths(content)[-4:] == ["Notes.txt", "notes-1.txt", "a_b.txt", "week 1-1"]
    places = {warning.title: warning.place for warning in content.report.warnings}
    assert places == {"notes.txt": "notes-1.txt", "a:b.txt": "a_b.txt", "week 1": "week 1-1"}
    assert {warning.code for warning in content.report.warnings} == {"renamed"}


def test_names_from_outside_never_lead_out_of_the_archive() -> None:
    folders = [FOLDERS[0], folder(2, "..", ROOT), folder(3, "/etc", 2)]
    assert paths(packing(None, folders, [file(1, "../../x", 3)])) == ["_/", "_/_etc/", "_/_etc/.._.._x"]


def test_a_ring_of_folders_is_no_trap() -> None:
    ring = [FOLDERS[0], folder(2, "a", 3), folder(3, "b", 2), folder(4, "c", 4)]
    assert paths(packing(None, ring, [file(1, "x", 2), file(2, "y")])) == ["y"]


def test_a_file_whose_bytes_were_never_stored_is_skipped_and_counted() -> None:
    content = packing(None, FOLDERS[:1], [file(1, "a"), file(2, "b", sha256=None)])
    assert paths(content) == ["a"]
    receipt = content.report.receipt()
    assert (receipt.expected, receipt.packed, receipt.skipped) == ({"files": 2}, {"files": 1}, {"files": 1})
    assert receipt.warnings[0].item_id == 2


def test_an_empty_file_has_its_entry_and_every_file_its_bytes() -> None:
    shelf = Shelf()
    for item in FILES:
        shelf.add(item.display_name.encode())
    shelf.add(b"")
    files = [*FILES, file(13, "empty.txt", EMPTY, **stored(b""))]
    with packed(archive(packing(None, FOLDERS, files), TEACHER).entries, shelf) as package:
        assert package.testzip() is None
        assert package.read("week 1/empty/empty.txt") == b""
        assert package.read("week 1/img/c.png") == b"c.png"


def test_what_the_reader_may_not_have_is_counted_and_not_named() -> None:
    folders = [*FOLDERS, folder(5, "staff", ROOT, locked=True), folder(6, "deeper", 5)]
    files = [*FILES, file(20, "draft.txt", WEEK, hidden=True), file(21, "key.txt", 5), file(22, "more.txt", 6)]
    content = packing(None, folders, files)
    assert "staff/" not in paths(content, STUDENT)
    receipt = content.report.receipt()
    assert receipt.excluded == {"folders": 2, "files": 3}
    assert (receipt.warnings, receipt.complete) == ([], True)
    everything = packing(None, folders, files)
    paths(everything)
    assert everything.report.receipt().excluded == {}


def test_only_what_was_asked_for_is_counted_as_excluded() -> None:
    files = [*FILES, file(20, "a draft", ROOT, hidden=True), file(21, "a lock", IMG, locked=True)]
    content = packing({"folders": [IMG], "files": [20, 11, 21]}, FOLDERS, files)
    paths(content, STUDENT)
    assert content.report.receipt().excluded == {"files": 1}, "a hidden file that is named is had, a locked one is not"


@pytest.mark.parametrize("closed", [{"locked": True}, {"hidden": True}, {"lock_at": PAST}, {"unlock_at": FUTURE}])
def test_the_name_of_a_folder_that_may_not_be_opened_is_not_the_name_of_the_zip(closed: dict[str, Any]) -> None:
    folders = [FOLDERS[0], folder(WEEK, "secret plans", ROOT, **closed), *FOLDERS[2:]]
    for select in ({"folders": [IMG]}, {"files": [11]}, {"files": [12]}, {"folders": [IMG, EMPTY]}):
        content = packing(select, folders=folders)
        assert archive(content, STUDENT).filename.startswith("course_files_export")
        assert archive(content, TEACHER).filename.startswith(("secret_plans", "img"))
