"""Zip exports through the API: the worked examples, who gets what, names of every kind, and packages in parts."""

from __future__ import annotations

import hashlib
import io
import os
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from shared.adapters.object_store import blob_key
from tests.support.archives import needs_7z, needs_unzip, run
from tests.support.campus import Campus, members, write_folder
from tests.support.client import Client

TEACHER, STUDENT, MEMBER, OWNER, STRANGER = range(5501, 5506)
MB = 1 << 20


@dataclass
class School:
    """The tree of the worked examples as the files of a course, of a group and of a user."""

    course: int
    group: int
    people: dict[int, Client]

    def files_of(self, person: int) -> tuple[str, int, str]:
        """(kind of context, its id, the start of its archive's name)."""
        elsewhere = {MEMBER: ("groups", self.group, "files"), OWNER: ("users", OWNER, "my_files")}
        return elsewhere.get(person, ("courses", self.course, "course_files"))


def folder(id_: int, path: str, parent: int | None, **more: Any) -> dict[str, Any]:
    return {"id": id_, "name": path.rpartition("/")[2], "full_name": path, "parent_folder_id": parent, **more}


def file(id_: int, name: str, folder_id: int, **more: Any) -> dict[str, Any]:
    return {"id": id_, "display_name": name, "folder_id": folder_id, **more}


def tree(root: str) -> list[dict[str, Any]]:
    return [
        folder(1, root, None),
        folder(2, f"{root}/week 1", 1),
        folder(3, f"{root}/week 1/img", 2),
        folder(4, f"{root}/week 1/empty", 2),
    ]


LEAVES = [file(1, "a.txt", 1), file(2, "b.txt", 2), file(3, "c.png", 3)]

STORED = {"a.txt": b"a", "week 1/b.txt": b"b", "week 1/img/c.png": b"c"}
EVERYTHING = ["week 1/", "week 1/img/", "week 1/empty/", "week 1/img/c.png", "week 1/b.txt", "a.txt"]


@pytest.fixture(scope="module")
def school(campus: Campus, tmp_path_factory: pytest.TempPathFactory) -> School:
    def load(root: str, *words: str) -> int:
        documents = {"course": {"id": 1, "name": root}, "folders": tree(root), "files": LEAVES}
        return campus.load(write_folder(tmp_path_factory.mktemp("tree"), documents, STORED), *words)

    people = {person: campus.client(person) for person in (TEACHER, STUDENT, MEMBER, OWNER, STRANGER)}
    course = load("course files")
    campus.enroll(course, TEACHER, "teacher")
    campus.enroll(course, STUDENT, "student")
    group = campus.group(MEMBER, words=("--name", "Crew"))
    load("files", "--group", str(group))
    load("my files", "--user", str(OWNER))
    return School(course, group, people)


@pytest.mark.parametrize("person", [TEACHER, STUDENT, MEMBER, OWNER], ids=["teacher", "student", "member", "user"])
@pytest.mark.parametrize(
    ("select", "name", "entries"),
    [
        (None, "", EVERYTHING),
        ({"folders": [1]}, "", EVERYTHING),
        ({"folders": [3]}, "week_1", ["img/", "img/c.png"]),
        ({"folders": [4]}, "week_1", ["empty/"]),
        ({"folders": [2]}, "", EVERYTHING[:-1]),
        ({"files": [3]}, "img", ["c.png"]),
        ({"files": [3, 2]}, "week_1", ["img/c.png", "b.txt"]),
        ({"folders": [3], "attachments": [1]}, "", ["week 1/img/", "week 1/img/c.png", "a.txt"]),
    ],
)
def test_a_zip_begins_at_the_deepest_folder_of_what_was_selected_and_is_named_after_it(
    school: School, person: int, select: Any, name: str, entries: list[str]
) -> None:
    context, context_id, root = school.files_of(person)
    body = {"select": select} if select else {}
    done = school.people[person].exported(context_id, "zip", context=context, **body)
    package = members(done)
    assert done["attachment"]["display_name"] == f"{name or root}_export.zip"
    assert list(package) == entries, "folders come first, and the files of folders before those of the folders above"
    inner = {path.rpartition("/")[2]: data for path, data in package.items() if not path.endswith("/")}
    assert inner == {name: name[:1].encode() for name in inner}


def test_nobody_gets_the_files_of_others(school: School) -> None:
    for owner in (TEACHER, MEMBER, OWNER):
        context, context_id, _ = school.files_of(owner)
        path = f"/api/v1/{context}/{context_id}/content_exports"
        for other in school.people.keys() - {owner, STUDENT}:
            assert school.people[other].http.post(path, json={"export_type": "zip"}).status_code == 403
        assert httpx2.post(f"{school.people[owner].base_url}{path}", trust_env=False).status_code == 401


@pytest.mark.parametrize("person", [MEMBER, OWNER], ids=["group", "user"])
def test_the_shell_loads_and_exports_the_files_of_groups_and_users(
    campus: Campus, school: School, person: int, tmp_path: Path
) -> None:
    context, context_id, _ = school.files_of(person)
    out = tmp_path / "own.zip"
    words = (f"--{context.removesuffix('s')}", str(context_id), "--type", "zip", "--out", str(out))
    done = campus.stack.cli("export", *words, token=school.people[person].token)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(out) as package:
        assert package.namelist() == EVERYTHING


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
def test_names_of_every_kind_open_everywhere_and_what_was_changed_is_reported(
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
    reported = {warning["item"]["title"] for warning in teacher.report(done)["warnings"]}
    assert reported == changed - {unicodedata.normalize("NFD", "décomposé.txt")}


DAMAGE: dict[str, Callable[[bytes], bytes | None]] = {
    "lost": lambda _: None,
    "cut": lambda data: data[:-1],
    "longer": lambda data: data + b"!",
    "a bit flipped": lambda data: data[:-1] + bytes([data[-1] ^ 1]),
}


def test_a_file_whose_bytes_are_not_those_that_were_stored_is_left_out_and_reported(
    campus: Campus, school: School, tmp_path: Path
) -> None:
    """Small files, and large ones whose damage shows when most of them has been packed, deflated or not."""
    bodies = {"small.txt": os.urandom(1000), "large.txt": b"text " * (6 * MB // 5), "large.mp4": os.urandom(6 * MB)}
    stored = {f"{how} {name}": data + how.encode() for how in DAMAGE for name, data in bodies.items()}
    sound = {"sound.txt": b"sound", "sound.mp4": os.urandom(6 * MB)}
    course = campus.load(write_folder(tmp_path, {"course": {"id": 1, "name": "Damaged"}}, stored | sound))
    campus.enroll(course, TEACHER, "teacher")
    for name, data in stored.items():
        blob = Path(campus.stack.store_url, blob_key(hashlib.sha256(data).hexdigest()))
        found = DAMAGE[name.rpartition(" ")[0]](data)
        blob.unlink()
        if found is not None:
            blob.write_bytes(found)
    done = school.people[TEACHER].exported(course, "zip")
    assert members(done) == sound
    report = school.people[TEACHER].report(done)
    assert {each["item"]["title"]: each["code"] for each in report["warnings"]} == {
        name: "object_missing" if name.startswith("lost") else "damaged_file" for name in stored
    }
    assert (report["failed"], report["packed"]) == ({"files": len(stored)}, {"files": len(sound)})


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
        answer = httpx2.get(part["url"], trust_env=False, timeout=60)
        assert hashlib.sha256(answer.content).hexdigest() == part["sha256"]
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            assert archive.testzip() is None
            assert len(answer.content) <= 2 * MB + 10_000 or archive.namelist() == ["large.mp4"]
            found |= {name: archive.read(name) for name in archive.namelist()}
    assert found == stored
    assert {warning["code"] for warning in teacher.report(done)["warnings"]} == {"larger_than_part"}
    listed = teacher.http.get(f"/api/v1/courses/{course}/content_exports/{done['id']}/entries?per_page=100").json()
    assert {entry["path"]: httpx2.get(entry["url"], trust_env=False).content for entry in listed} == stored


def test_a_package_that_was_not_split_has_no_list_of_parts(school: School) -> None:
    done = school.people[TEACHER].exported(school.course, "zip")
    assert "attachments" not in done
    assert "part" not in done["attachment"]


@pytest.mark.parametrize("size", ["999999", "0", "-5", "many", 1.5, True, "9" * 30])
def test_a_part_size_that_is_invalid_is_a_bad_request(school: School, size: Any) -> None:
    path = f"/api/v1/courses/{school.course}/content_exports"
    answer = school.people[TEACHER].http.post(path, json={"export_type": "zip", "max_part_size": size})
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("max_part_size must be")
