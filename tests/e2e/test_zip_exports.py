"""Zip exports through the API: the worked examples, who gets what, names of every kind, and packages in parts."""

from __future__ import annotations

import hashlib
import io
import os
import unicodedata
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.archives import needs_7z, needs_unzip, run
from tests.support.campus import Campus, members, write_folder
from tests.support.client import Client

TEACHER, CONCLUDED, STUDENT, MEMBER, OWNER, STRANGER = range(5501, 5507)
MB = 1 << 20


@dataclass
class School:
    tree: int  # the course of the worked examples
    rights: int  # the course of the table of permissions
    group: int
    people: dict[int, Client]


def folder(id_: int, path: str, parent: int | None, **more: Any) -> dict[str, Any]:
    return {"id": id_, "name": path.rpartition("/")[2], "full_name": path, "parent_folder_id": parent, **more}


def file(id_: int, name: str, folder_id: int, **more: Any) -> dict[str, Any]:
    return {"id": id_, "display_name": name, "folder_id": folder_id, **more}


TREE = [
    folder(1, "course files", None),
    folder(2, "course files/week 1", 1),
    folder(3, "course files/week 1/img", 2),
    folder(4, "course files/week 1/empty", 2),
]
LEAVES = [file(1, "a.txt", 1), file(2, "b.txt", 2), file(3, "c.png", 3)]

SHELVES = [
    folder(1, "course files", None),
    folder(2, "course files/locked", 1, locked=True),
    folder(3, "course files/hidden", 1, hidden=True),
    folder(4, "course files/deleted", 1, workflow_state="deleted"),
]
CASES = [
    file(1, "published.txt", 1),
    file(2, "unpublished.txt", 1, locked=True),
    file(3, "early.txt", 1, unlock_at="2999-01-01T00:00:00Z"),
    file(4, "late.txt", 1, lock_at="2001-01-01T00:00:00Z"),
    file(5, "hidden.txt", 1, hidden=True),
    file(6, "in locked.txt", 2),
    file(7, "in hidden.txt", 3),
    file(8, "deleted.txt", 1, workflow_state="deleted"),
    file(9, "in deleted.txt", 4),
]
ALL_BUT_DELETED = {case["display_name"] for case in CASES[:7]}


def bytes_of(files: list[dict[str, Any]], folders: list[dict[str, Any]]) -> dict[str, bytes]:
    paths = {each["id"]: Path(each["full_name"]).relative_to("course files") for each in folders}
    return {str(paths[each["folder_id"]] / each["display_name"]): each["display_name"].encode() for each in files}


@pytest.fixture(scope="module")
def school(campus: Campus, tmp_path_factory: pytest.TempPathFactory) -> School:
    tmp = tmp_path_factory.mktemp("zips")
    people = {person: campus.client(person) for person in (TEACHER, CONCLUDED, STUDENT, MEMBER, OWNER, STRANGER)}

    def course(name: str, folders: list[dict[str, Any]], files: list[dict[str, Any]]) -> int:
        documents = {"course": {"id": 1, "name": name}, "folders": folders, "files": files}
        return campus.load(write_folder(tmp / name, documents, bytes_of(files, folders)))

    tree, rights = course("tree", TREE, LEAVES), course("rights", SHELVES, CASES)
    for course_id in (tree, rights):
        campus.enroll(course_id, TEACHER, "teacher")
        campus.enroll(course_id, CONCLUDED, "teacher", "completed")
        campus.enroll(course_id, STUDENT, "student")
    group = campus.group(MEMBER, words=("--name", "Crew"))
    stored = {"plan.txt": b"plan", "week 1/notes.txt": b"notes"}
    for words in (("--group", str(group)), ("--user", str(OWNER))):
        campus.load(write_folder(tmp / words[0], {"course": {"id": 1, "name": "x"}}, stored), *words)
    return School(tree, rights, group, people)


@pytest.mark.parametrize(
    ("select", "name", "entries"),
    [
        (
            None,
            "course_files",
            ["week 1/", "week 1/img/", "week 1/empty/", "week 1/img/c.png", "week 1/b.txt", "a.txt"],
        ),
        ({"folders": [3]}, "week_1", ["img/", "img/c.png"]),
        ({"files": [3]}, "img", ["c.png"]),
        ({"folders": [3], "attachments": [1]}, "course_files", ["week 1/img/", "week 1/img/c.png", "a.txt"]),
    ],
)
def test_the_worked_examples(school: School, select: Any, name: str, entries: list[str]) -> None:
    done = school.people[TEACHER].exported(school.tree, "zip", **({"select": select} if select else {}))
    package = members(done)
    assert done["attachment"]["display_name"] == f"{name}_export.zip"
    assert set(package) == set(entries)
    folders = [path for path in package if path.endswith("/")]
    assert list(package)[: len(folders)] == folders, "folders come first"
    assert list(package)[-1] == entries[-1]


@pytest.mark.parametrize(
    ("person", "through_folders", "by_id"),
    [
        (TEACHER, ALL_BUT_DELETED, ALL_BUT_DELETED),
        (CONCLUDED, ALL_BUT_DELETED, ALL_BUT_DELETED),
        (STUDENT, {"published.txt"}, {"published.txt", "hidden.txt", "in hidden.txt"}),
    ],
    ids=["teacher", "concluded teacher", "student"],
)
def test_the_table_of_permissions(school: School, person: int, through_folders: set[str], by_id: set[str]) -> None:
    client = school.people[person]
    for select, expected in (
        ({"all_attachments": True}, through_folders),
        ({"folders": [1, 2, 3, 4]}, through_folders),
        ({"files": [case["id"] for case in CASES]}, by_id),
    ):
        package = members(client.exported(school.rights, "zip", select=select))
        found = {path.rpartition("/")[2]: data for path, data in package.items() if not path.endswith("/")}
        assert set(found) == expected
        assert all(data == name.encode() for name, data in found.items())


def test_what_nobody_may_have_gives_a_valid_empty_zip_and_what_does_not_exist_a_failure(school: School) -> None:
    student = school.people[STUDENT]
    assert members(student.exported(school.rights, "zip", select={"files": [2, 6]})) == {}
    failed = student.finished(student.create(school.rights, "zip", select={"files": [777]}))
    assert (failed["workflow_state"], failed["error"]["code"]) == ("failed", "nothing_selected")


@pytest.mark.parametrize(
    ("person", "context", "name"),
    [(MEMBER, "groups", "files_export.zip"), (OWNER, "users", "my_files_export.zip")],
    ids=["group", "user"],
)
def test_groups_and_users_have_their_own_files(school: School, person: int, context: str, name: str) -> None:
    context_id = school.group if context == "groups" else OWNER
    done = school.people[person].exported(context_id, "zip", context=context)
    assert done["attachment"]["display_name"] == name
    assert members(done) == {"week 1/": b"", "week 1/notes.txt": b"notes", "plan.txt": b"plan"}
    for other in {MEMBER, OWNER, STRANGER} - {person}:
        path = f"/api/v1/{context}/{context_id}/content_exports"
        assert school.people[other].http.post(path, json={"export_type": "zip"}).status_code == 403


def test_a_stranger_gets_nothing_of_a_course(school: School) -> None:
    path = f"/api/v1/courses/{school.rights}/content_exports"
    assert school.people[STRANGER].http.post(path, json={"export_type": "zip"}).status_code == 403


NAMES = [
    "plain.txt",
    "Ünïcödé 潮汐 🌊.txt",
    unicodedata.normalize("NFD", "décomposé.txt"),
    'what? "why": a*b|c<d>.txt',
    "con",
    "LPT1.txt",
    "trailing dots...",
    "trailing space ",
    "Case.TXT",
    "case.txt",
    "back\\slash.txt",
    "tab\there.txt",
    "x" * 250 + ".txt",
    "  leading.txt",
    "zero bytes",
]


@needs_unzip
@needs_7z
def test_names_of_every_kind_open_everywhere_and_what_was_changed_is_told(
    campus: Campus, school: School, tmp_path: Path
) -> None:
    files = [file(number, name, 1) for number, name in enumerate(NAMES, start=1)]
    stored = {f"{number}.bin": b"" if name == "zero bytes" else name.encode() for number, name in enumerate(NAMES, 1)}
    documents = {"course": {"id": 1, "name": "Names"}, "folders": [folder(1, "course files", None)]}
    course = campus.load(write_folder(tmp_path / "in", documents, stored))
    for each in files:  # on disk the files have harmless names; in the course those that people gave them
        campus.query(
            "UPDATE content_objects SET body = body || jsonb_build_object('display_name', $2::text)"
            " WHERE context_type = 'Course' AND context_id = $1 AND kind = 'files' AND body ->> 'display_name' = $3"
            " RETURNING id",
            course,
            each["display_name"],
            f"{each['id']}.bin",
        )
    campus.enroll(course, TEACHER, "teacher")
    teacher = school.people[TEACHER]
    done = teacher.exported(course, "zip")
    package = teacher.download(done, tmp_path / "names.zip")
    with zipfile.ZipFile(package) as archive:
        assert archive.testzip() is None
        found = {archive.read(name): name for name in archive.namelist()}
    assert len(found) == len(NAMES), "every file is there under a name of its own"
    assert "No errors detected" in run("unzip", "-tq", package)
    assert "Everything is Ok" in run("7z", "t", package)
    folded = [unicodedata.normalize("NFC", name).casefold() for name in found.values()]
    assert len(set(folded)) == len(NAMES)
    changed = {data.decode() for data, name in found.items() if data and data.decode() != name}
    told = {warning["item"]["title"] for warning in teacher.report(done)["warnings"]}
    assert told == changed - {unicodedata.normalize("NFD", "décomposé.txt")}


def test_a_package_in_parts_opens_part_by_part_and_keeps_every_file(
    campus: Campus, school: School, tmp_path: Path
) -> None:
    stored = {f"{number:02}.jpg": os.urandom(MB) for number in range(9)} | {"large.mp4": os.urandom(3 * MB)}
    course = campus.load(write_folder(tmp_path, {"course": {"id": 1, "name": "Parts"}}, stored))
    campus.enroll(course, TEACHER, "teacher")
    teacher = school.people[TEACHER]
    done = teacher.exported(course, "zip", max_part_size=str(2 * MB + 10_000))
    parts = done["attachments"]
    assert parts[0] == {**done["attachment"], "url": parts[0]["url"]}
    assert [part["filename"] for part in parts] == [f"course_files_export-{n}.zip" for n in range(1, len(parts) + 1)]
    assert [(part["part"], part["parts"]) for part in parts] == [(n, len(parts)) for n in range(1, len(parts) + 1)]
    found: dict[str, bytes] = {}
    for part in parts:
        answer = httpx.get(part["url"], trust_env=False, timeout=60)
        assert hashlib.sha256(answer.content).hexdigest() == part["sha256"]
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            assert archive.testzip() is None
            assert len(answer.content) <= 2 * MB + 10_000 or archive.namelist() == ["large.mp4"]
            found |= {name: archive.read(name) for name in archive.namelist()}
    assert found == stored
    assert {warning["code"] for warning in teacher.report(done)["warnings"]} == {"larger_than_part"}
    listed = teacher.http.get(f"/api/v1/courses/{course}/content_exports/{done['id']}/entries?per_page=100").json()
    assert {entry["path"]: httpx.get(entry["url"], trust_env=False).content for entry in listed} == stored


def test_a_package_that_was_not_split_has_no_list_of_parts(school: School) -> None:
    done = school.people[TEACHER].exported(school.tree, "zip")
    assert "attachments" not in done
    assert "part" not in done["attachment"]


@pytest.mark.parametrize("size", ["999999", "0", "-5", "many", 1.5, True, "9" * 30])
def test_a_part_size_that_is_none_is_a_bad_request(school: School, size: Any) -> None:
    path = f"/api/v1/courses/{school.tree}/content_exports"
    answer = school.people[TEACHER].http.post(path, json={"export_type": "zip", "max_part_size": size})
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("max_part_size must be")
