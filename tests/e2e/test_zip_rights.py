"""Who gets which files in a zip export: every row and column of Canvas's table, through the API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.campus import Campus, members, write_folder
from tests.support.client import Client

PEOPLE = ["teacher", "ta", "designer", "concluded", "admin", "student", "observer", "visitor", "member", "owner"]
IDS = dict(zip(PEOPLE, range(5601, 5611), strict=True))
STAFF, READERS = PEOPLE[:5], PEOPLE[5:8]
PAST, FUTURE = "2001-01-01T00:00:00Z", "2999-01-01T00:00:00Z"

FOLDERS: list[dict[str, Any]] = [
    {"id": 1, "name": "course files"},
    {"id": 2, "name": "locked", "parent_folder_id": 1, "locked": True},
    {"id": 3, "name": "hidden", "parent_folder_id": 1, "hidden": True},
    {"id": 4, "name": "deleted", "parent_folder_id": 1, "workflow_state": "deleted"},
    {"id": 5, "name": "early", "parent_folder_id": 1, "unlock_at": FUTURE},
    {"id": 6, "name": "late", "parent_folder_id": 1, "lock_at": PAST},
    {"id": 7, "name": "in time", "parent_folder_id": 1, "unlock_at": PAST, "lock_at": FUTURE},
    {"id": 8, "name": "in the locked", "parent_folder_id": 2},
    {"id": 9, "name": "in the hidden", "parent_folder_id": 3},
    {"id": 10, "name": "in the deleted", "parent_folder_id": 4},
]
NO, YES = False, True
# id, folder, what the file is; then who gets it: staff, readers by its id, readers through folders
TABLE: list[tuple[int, int, dict[str, Any], bool, bool, bool]] = [
    (1, 1, {}, YES, YES, YES),
    (2, 1, {"locked": True}, YES, NO, NO),
    (3, 1, {"unlock_at": FUTURE}, YES, NO, NO),
    (4, 1, {"lock_at": PAST}, YES, NO, NO),
    (5, 1, {"unlock_at": PAST, "lock_at": FUTURE}, YES, YES, YES),
    (6, 1, {"hidden": True}, YES, YES, NO),
    (7, 1, {"hidden": True, "locked": True}, YES, NO, NO),
    (8, 1, {"workflow_state": "deleted"}, NO, NO, NO),
    (9, 2, {}, YES, NO, NO),
    (10, 3, {}, YES, YES, NO),
    (11, 4, {}, NO, NO, NO),
    (12, 5, {}, YES, NO, NO),
    (13, 6, {}, YES, NO, NO),
    (14, 7, {}, YES, YES, YES),
    (15, 8, {}, YES, NO, NO),
    (16, 9, {}, YES, YES, NO),
    (17, 10, {}, NO, NO, NO),
    (18, 1, {}, YES, NO, NO),  # locked by the module that it belongs to, which opens later
    (19, 1, {}, YES, YES, YES),  # in a module that is open
]
FILES = [{"id": row, "display_name": f"{row}.txt", "folder_id": folder, **what} for row, folder, what, *_ in TABLE]
MODULES: list[dict[str, Any]] = [
    {"id": 1, "name": "Later", "position": 1, "unlock_at": FUTURE},
    {"id": 2, "name": "Open", "position": 2, "unlock_at": PAST},
]
ITEMS = [
    {"id": id_, "module_id": module, "title": "A file", "type": "File", "content_id": file, "position": 1}
    for id_, module, file in ((1, 1, 18), (2, 2, 19))
]
SELECTIONS: dict[str, Any] = {
    "everything": None,
    "all_attachments": {"all_attachments": True},
    "the root folder": {"folders": [1]},
    "every folder": {"folders": [folder["id"] for folder in FOLDERS]},
    "every file": {"files": [row[0] for row in TABLE]},
}


DELETED = {"every folder": {4}, "every file": {8}}  # themselves; what lies in a deleted folder still exists


@dataclass
class Places:
    course: int
    tab_hidden: int  # the same course, but for the Files page in its navigation
    group: int
    people: dict[str, Client]

    def of(self, person: str) -> tuple[str, int]:
        """The kind and id of the context whose files this person may have."""
        elsewhere = {"member": ("groups", self.group), "owner": ("users", IDS["owner"])}
        return elsewhere.get(person, ("courses", self.course))


def documents(root: str = "course files", **course: Any) -> dict[str, Any]:
    folders: list[dict[str, Any]] = [{**FOLDERS[0], "name": root, "full_name": root}]
    for each in FOLDERS[1:]:
        above = next(folder for folder in folders if folder["id"] == each["parent_folder_id"])
        folders.append({**each, "full_name": f"{above['full_name']}/{each['name']}"})
    more = {"modules": MODULES, "module_items": ITEMS} if root == "course files" else {}
    return {"course": {"id": 1, "name": "x", **course}, "folders": folders, "files": FILES, **more}


def bytes_of(folders: list[dict[str, Any]]) -> dict[str, bytes]:
    """Every file's bytes are its number, at the place that its folder has."""
    paths = {folder["id"]: folder["full_name"].partition("/")[2] for folder in folders}
    return {str(Path(paths[folder], f"{row}.txt")): f"{row}".encode() for row, folder, *_ in TABLE}


@pytest.fixture(scope="module")
def places(campus: Campus, tmp_path_factory: pytest.TempPathFactory) -> Places:
    def load(name: str, data: dict[str, Any], *words: str) -> int:
        folder = tmp_path_factory.mktemp(name)
        return campus.load(write_folder(folder, data, bytes_of(data["folders"])), *words)

    people = {name: campus.client(id_) for name, id_ in IDS.items()}
    campus.run("user", "--id", str(IDS["admin"]), "--site-admin")
    course = load("course", documents(is_public_to_auth_users=True))
    tab_hidden = load("tab", documents(tab_configuration=[{"id": 0}, {"id": 11, "hidden": True}]))
    for name in ("teacher", "ta", "designer", "student", "observer"):
        campus.enroll(course, IDS[name], name)
    campus.enroll(course, IDS["concluded"], "teacher", "completed")
    campus.enroll(tab_hidden, IDS["teacher"], "teacher")
    campus.enroll(tab_hidden, IDS["student"], "student")
    group = campus.group(IDS["member"], words=("--name", "Crew"))
    load("group", documents("files"), "--group", str(group))
    load("user", documents("my files"), "--user", str(IDS["owner"]))
    return Places(course, tab_hidden, group, people)


def rows(package: dict[str, bytes]) -> set[int]:
    """The numbers of the files in a package; each has the bytes of its own and lies under its name."""
    found = {path.rpartition("/")[2]: data.decode() for path, data in package.items() if not path.endswith("/")}
    assert all(name == f"{data}.txt" for name, data in found.items())
    return {int(data) for data in found.values()}


def folders(package: dict[str, bytes]) -> set[str]:
    return {path for path in package if path.endswith("/")}


@pytest.mark.parametrize("selection", SELECTIONS)
@pytest.mark.parametrize("person", [*STAFF, "member", "owner"])
def test_callers_who_manage_files_or_read_as_admins_get_all_but_what_is_deleted(
    places: Places, person: str, selection: str
) -> None:
    context, context_id = places.of(person)
    select = SELECTIONS[selection]
    body = {} if select is None else {"select": select}
    package = members(places.people[person].exported(context_id, "zip", context=context, **body))
    assert rows(package) == {row for row, _, _, staff, *_ in TABLE if staff}
    walked = {"locked/", "hidden/", "early/", "late/", "in time/", "locked/in the locked/", "hidden/in the hidden/"}
    assert folders(package) == (set() if selection == "every file" else walked)


@pytest.mark.parametrize("selection", SELECTIONS)
@pytest.mark.parametrize("person", READERS)
def test_students_observers_and_visitors_get_what_is_open_and_by_its_id_what_is_only_hidden(
    places: Places, person: str, selection: str
) -> None:
    select = SELECTIONS[selection]
    body = {} if select is None else {"select": select}
    client = places.people[person]
    done = client.exported(places.course, "zip", **body)
    package = members(done)
    by_id = selection == "every file"
    assert rows(package) == {row for row, *_, named, through in TABLE if (named if by_id else through)}
    assert folders(package) == (set() if by_id else {"in time/"})
    report = client.report(done)
    named = {(warning["code"], warning["item"]["id"]) for warning in report["warnings"]}
    assert named == {("selected_missing", row) for row in DELETED.get(selection, ())}, "only what nobody has is named"
    assert report["excluded"]["files"] == sum(staff for *_, staff, _, _ in TABLE) - len(rows(package))


@pytest.mark.parametrize("row", [row[0] for row in TABLE])
def test_a_student_gets_a_file_alone_as_among_others(places: Places, row: int) -> None:
    named = next(named for number, *_, named, _ in TABLE if number == row)
    deleted = not next(staff for number, _, _, staff, *_ in TABLE if number == row)
    export = places.people["student"].finished(
        places.people["student"].create(places.course, "zip", select={"files": [row]})
    )
    if deleted:
        assert (export["workflow_state"], export["error"]["code"]) == ("failed", "nothing_selected")
    else:
        assert rows(members(export)) == ({row} if named else set())


def test_a_hidden_files_page_closes_the_folders_to_students_but_not_a_file_that_is_named(places: Places) -> None:
    student, teacher = places.people["student"], places.people["teacher"]
    assert members(student.exported(places.tab_hidden, "zip")) == {}
    assert rows(members(student.exported(places.tab_hidden, "zip", select={"files": [1, 2]}))) == {1}
    assert rows(members(teacher.exported(places.tab_hidden, "zip"))) == {row for row, *_, yes, _, _ in TABLE if yes}


@contextmanager
def waiting(campus: Campus) -> Iterator[None]:
    """Exports that are asked for meanwhile are packed at the end of the block."""
    campus.stack.stop("zip")
    try:
        yield
    finally:
        campus.stack.start("zip")


def test_what_counts_is_what_one_may_have_when_the_package_is_packed(campus: Campus, places: Places) -> None:
    person = campus.client(5620)
    campus.enroll(places.course, 5620, "teacher")
    with waiting(campus):
        export = person.create(places.course, "zip")
        campus.enroll(places.course, 5620, "teacher", "deleted")
        campus.enroll(places.course, 5620, "student")
    assert rows(members(person.finished(export))) == {row for row, *_, through in TABLE if through}


@pytest.mark.parametrize(
    "select",
    [{"folders": [4]}, {"folders": [10]}, {"files": [8, 11, 17]}, {"folders": [999]}, {"files": [999]}, {"pages": [1]}],
)
def test_a_selection_of_what_is_deleted_or_was_never_there_fails_and_says_so(places: Places, select: Any) -> None:
    teacher = places.people["teacher"]
    failed = teacher.finished(teacher.create(places.course, "zip", select=select))
    assert (failed["workflow_state"], failed["error"]["code"]) == ("failed", "nothing_selected")
    assert "attachment" not in failed


@pytest.mark.parametrize("context", ["courses", "groups", "users"])
def test_a_context_without_files_gives_a_valid_empty_zip_named_after_its_root_folder(
    campus: Campus, context: str
) -> None:
    person = campus.client(5621)
    context_id = 5621
    if context == "groups":
        context_id = campus.group(5621)
    elif context == "courses":
        context_id = campus.course()
        campus.enroll(context_id, 5621, "teacher")
    done = person.exported(context_id, "zip", context=context)
    names = {"courses": "course_files", "groups": "files", "users": "my_files"}
    assert done["attachment"]["display_name"] == f"{names[context]}_export.zip"
    assert done["attachment"]["content-type"] == "application/zip"
    assert members(done) == {}


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("groups/{group}", {"member", "admin"}),
        ("users/{owner}", {"owner", "admin"}),
        ("courses/{tab_hidden}", {"teacher", "student", "admin"}),
    ],
)
def test_everybody_else_is_refused(places: Places, path: str, allowed: set[str]) -> None:
    place = path.format(group=places.group, owner=IDS["owner"], tab_hidden=places.tab_hidden)
    for name, client in places.people.items():
        answer = client.http.post(f"/api/v1/{place}/content_exports", json={"export_type": "zip", "dry_run": True})
        assert answer.status_code == (200 if name in allowed else 403), name
