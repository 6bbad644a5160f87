"""How a folder of REST JSON is read."""

from __future__ import annotations

import itertools
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from shared.domain.errors import HostilePackage, InvalidContent, UnreadablePackage
from shared.domain.kinds import Kind
from shared.formats.file_paths import file_paths
from shared.formats.folder.read import read
from shared.formats.importing import Importing
from tests.support.memory_course import MemoryCourse

COURSE = {"id": 1, "name": "A course"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder course with nothing but its course.json."""
    put(tmp_path, "course.json", COURSE)
    return tmp_path


def put(folder: Path, path: str, content: Any) -> None:
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())


def load(folder: Path, course_id: int = 1, **known: Any) -> Importing:
    return read(folder, Importing(course_id, itertools.count(1).__next__, **known))


def paths(importing: Importing) -> dict[str, int]:
    return file_paths(MemoryCourse.of(importing).refs()).by_path


def codes(importing: Importing) -> list[tuple[str, str | None]]:
    return [(warning.code, warning.place) for warning in importing.warnings]


def test_the_course_gets_the_id_that_it_is_loaded_into(folder: Path) -> None:
    importing = load(folder, 77)
    assert importing.course is not None
    assert (importing.course.id, importing.course.name) == (77, "A course")


def test_a_kind_is_read_from_its_list_and_from_its_folder(folder: Path) -> None:
    put(folder, "pages.json", [{"page_id": 3, "title": "Three"}])
    put(folder, "pages/one.json", {"page_id": 1, "title": "One"})
    put(folder, "pages/more.json", [{"page_id": 2, "title": "Two"}])
    importing = load(folder)
    assert [(page.id, page.label) for page in importing.objects[Kind.PAGES]] == [(1, "One"), (2, "Two"), (3, "Three")]
    assert importing.warnings == []


def test_ids_and_unknown_fields_are_kept(folder: Path) -> None:
    put(
        folder,
        "modules.json",
        [{"id": 900_000_000_001, "name": "M", "sis_colour": {"deep": [1]}, "migration_id": "gm"}],
    )
    importing = load(folder)
    (module,) = importing.objects[Kind.MODULES]
    assert module.id == 900_000_000_001
    assert module.to_json()["sis_colour"] == {"deep": [1]}
    assert importing.identifiers[Kind.MODULES, module.id, ""] == "gm"


def test_links_to_the_own_course_lead_to_the_course_that_is_loaded_into(folder: Path) -> None:
    put(
        folder,
        "course.json",
        {**COURSE, "syllabus_body": '<a href="/courses/1">x</a><a href="/courses/12/pages/a">y</a>'},
    )
    body = '<img src="https://c.example/courses/1/files/3/preview"><a href="/courses/1/pages/a?x=/courses/10">z</a>'
    html_url = "https://c.example/courses/1/pages/a"
    put(folder, "pages.json", [{"id": 1, "title": "A", "body": body, "html_url": html_url}])
    question = {"id": 1, "quiz_id": 1, "answers": [{"id": 1, "html": '<img src="/courses/1/files/3">', "weight": 0}]}
    put(folder, "quiz_questions.json", [question])
    importing = load(folder, 5)
    assert importing.course is not None
    assert importing.course.syllabus_body == '<a href="/courses/5">x</a><a href="/courses/12/pages/a">y</a>'
    (page,) = importing.objects[Kind.PAGES]
    assert page.to_json()["body"] == body.replace("/courses/1/", "/courses/5/")
    (read_question,) = importing.objects[Kind.QUIZ_QUESTIONS]
    assert read_question.to_json()["answers"][0]["html"] == '<img src="/courses/5/files/3">'


def test_a_file_belongs_to_the_object_with_its_folder_and_its_display_name(folder: Path) -> None:
    put(
        folder,
        "folders.json",
        [{"id": 10, "name": "course files"}, {"id": 11, "name": "Ärzte", "parent_folder_id": 10}],
    )
    put(folder, "files.json", [{"id": 50, "folder_id": 11, "display_name": "ä b.pdf", "locked": True}])
    put(folder, "files/Ärzte/ä b.pdf", b"%PDF")
    importing = load(folder)
    (file,) = importing.objects[Kind.FILES]
    assert (file.id, file.to_json()["locked"], importing.files[50].size) == (50, True, 4)
    assert paths(importing) == importing.file_paths == {"Ärzte/ä b.pdf": 50}
    assert importing.warnings == []


def test_names_match_whether_their_letters_are_composed_or_not(folder: Path) -> None:
    put(folder, "files.json", [{"id": 50, "display_name": "\u00e4.txt"}])
    put(folder, "files/a\u0308.txt", b"x")
    assert load(folder).file_paths == {"\u00e4.txt": 50}


def test_folders_and_files_without_an_object_are_made_from_the_tree(folder: Path) -> None:
    put(folder, "files/Week 1/data.json", b"no document but a file")
    put(folder, "files/notes.vtt", b"WEBVTT")
    (folder / "files/empty").mkdir()
    importing = load(folder)
    names = {f.label: f.to_json().get("parent_folder_id") for f in importing.objects[Kind.FOLDERS]}
    root = next(f.id for f in importing.objects[Kind.FOLDERS] if f.label == "course files")
    assert names == {"course files": None, "Week 1": root, "empty": root}
    assert set(paths(importing)) == {"Week 1/data.json", "notes.vtt"}
    types = {f.label: f.to_json()["content-type"] for f in importing.objects[Kind.FILES]}
    assert types == {"data.json": "application/json", "notes.vtt": "text/vtt"}


def test_what_is_made_from_the_tree_never_takes_an_id_that_the_folder_gives(folder: Path) -> None:
    put(folder, "folders.json", [{"id": 1, "name": "course files"}, {"id": 2, "full_name": "course files/a"}])
    put(folder, "files.json", [{"id": 3, "display_name": "given.txt"}])
    for path in ("given.txt", "a/b/one.txt", "a/b/two.txt"):
        put(folder, f"files/{path}", b"x")
    importing = load(folder)
    for kind, count in ((Kind.FOLDERS, 3), (Kind.FILES, 3)):
        assert len({item.id for item in importing.objects[kind]}) == len(importing.objects[kind]) == count


@pytest.mark.parametrize("root", ["course files", "my files", "files"])
def test_the_root_folder_of_a_group_or_a_user_is_known_by_its_full_name(folder: Path, root: str) -> None:
    inside = {"id": 11, "name": "a", "full_name": f"{root}/a", "parent_folder_id": 10}
    put(folder, "folders.json", [{"id": 10, "name": root, "full_name": root}, inside])
    put(folder, "files.json", [{"id": 1, "display_name": "x", "folder_id": 10, "hidden": True}])
    put(folder, "files/x", b"x")
    put(folder, "files/a/y", b"y")
    importing = load(folder)
    assert codes(importing) == []
    assert set(paths(importing)) == {"x", "a/y"}
    found = {each.id: (each.name, each.full_name) for each in importing.objects[Kind.FOLDERS]}
    assert found == {10: ("course files", "course files"), 11: ("a", "course files/a")}


def test_a_folder_of_a_course_may_be_called_as_the_root_of_a_group(folder: Path) -> None:
    put(folder, "folders.json", [{"id": 10, "name": "course files"}, {"id": 11, "name": "files"}])
    put(folder, "files/files/y", b"y")
    assert set(paths(load(folder))) == {"files/y"}


def test_what_is_made_from_the_tree_has_the_same_id_after_a_second_load(folder: Path) -> None:
    put(folder, "files/a/one.txt", b"x")
    first = load(folder)
    put(folder, "files/0.txt", b"x")
    known = {(kind, identifier): item for (kind, item, _), identifier in first.identifiers.items()}
    second = read(folder, Importing(1, itertools.count(100).__next__, known=known))
    assert second.file_paths["a/one.txt"] == first.file_paths["a/one.txt"]
    assert {f.id for f in first.objects[Kind.FOLDERS]} == {f.id for f in second.objects[Kind.FOLDERS]}


def test_a_ring_of_folders_is_read(folder: Path) -> None:
    ring = [{"id": 1, "name": "a", "parent_folder_id": 2}, {"id": 2, "name": "b", "parent_folder_id": 1}]
    put(folder, "folders.json", ring)
    assert {f.label for f in load(folder).objects[Kind.FOLDERS]} >= {"a", "b", "course files"}


def test_a_file_object_without_bytes_is_left_out_with_a_warning(folder: Path) -> None:
    put(folder, "files.json", [{"id": 50, "display_name": "gone.pdf"}])
    importing = load(folder)
    assert importing.objects[Kind.FILES] == []
    assert codes(importing) == [("file_missing", "gone.pdf")]


@pytest.mark.parametrize(
    ("document", "place", "code"),
    [
        (b"{", "modules.json", "json_unreadable"),
        (b"\xff\xfe", "modules.json", "json_unreadable"),
        (b"[" * 100_000, "modules.json", "json_unreadable"),
        ([{"id": 1, "name": "M"}, 5], "modules.json[1]", "no_object"),
        ([{"name": "M"}], "modules.json[0]", "invalid_content"),
        ([{"id": 1, "name": ["M"]}], "modules.json[0]", "invalid_content"),
        ([{"id": -1, "name": "M"}], "modules.json[0]", "invalid_id"),
        ([{"id": 2**63, "name": "M"}], "modules.json[0]", "invalid_id"),
        ([{"id": 1, "name": "M"}, {"id": 1, "name": "N"}], "modules.json[1]", "id_repeated"),
    ],
)
def test_what_is_wrong_with_a_document_is_a_warning_that_names_the_place(
    folder: Path, document: Any, place: str, code: str
) -> None:
    put(folder, "modules.json", document)
    importing = load(folder)
    assert codes(importing) == [(code, place)]
    assert len(importing.all(Kind.MODULES)) <= 1


def test_an_announcement_may_not_have_the_id_of_a_discussion(folder: Path) -> None:
    put(folder, "discussion_topics.json", [{"id": 1, "title": "T"}])
    put(folder, "announcements.json", [{"id": 1, "title": "A"}, {"id": 2, "title": "B"}])
    importing = load(folder)
    assert [item.id for item in importing.objects[Kind.ANNOUNCEMENTS]] == [2]
    assert codes(importing) == [("id_repeated", "announcements.json[0]")]


def test_links_to_other_sites_stay_and_those_to_the_own_site_are_moved(folder: Path) -> None:
    of_others = (
        '<a href="https://other.example.org/courses/1/pages/a">x</a> see https://ocw.example.org/courses/1/syllabus'
    )
    own = (
        '<a href="https://canvas.example.edu/courses/1"> <a href="https://named.example.org/api/v1/courses/1/pages/a">'
    )
    put(folder, "course.json", {**COURSE, "context_info": {"canvas_domain": "named.example.org"}})
    put(folder, "pages.json", [{"id": 1, "title": "A", "body": of_others + own}])
    importing = Importing(course_id=5, next_id=iter(range(1, 99)).__next__, site="https://canvas.example.edu")
    (page,) = read(folder, importing).objects[Kind.PAGES]
    assert page.to_json()["body"] == of_others + own.replace("/courses/1", "/courses/5")


def test_a_document_that_no_kind_reads_is_a_warning_and_a_readme_is_not(folder: Path) -> None:
    put(folder, "assignmnets.json", [])
    put(folder, "wiki/a.json", {})
    put(folder, "README.md", b"# hello")
    assert codes(load(folder)) == [("unknown_document", "assignmnets.json"), ("unknown_document", "wiki/a.json")]


@pytest.mark.parametrize("document", [None, b"", b"[]", b"{", b'"course"'])
def test_a_folder_without_a_course_object_is_refused(tmp_path: Path, document: bytes | None) -> None:
    if document is not None:
        put(tmp_path, "course.json", document)
    with pytest.raises(UnreadablePackage, match=r"course\.json"):
        load(tmp_path)


def test_a_course_that_breaks_its_shape_is_refused_by_the_name_of_the_field(folder: Path) -> None:
    put(folder, "course.json", {"id": 1, "name": "C", "is_public": "perhaps"})
    with pytest.raises(InvalidContent, match="is_public"):
        load(folder)


@pytest.mark.parametrize("path", ["files/link.txt", "pages.json", "pages", "files"])
def test_a_symbolic_link_anywhere_is_refused(folder: Path, tmp_path_factory: pytest.TempPathFactory, path: str) -> None:
    outside = tmp_path_factory.mktemp("outside")
    put(outside, "secret.json", [])
    (folder / "files").mkdir(exist_ok=path != "files") if path == "files/link.txt" else None
    (folder / path).symlink_to(outside if "." not in path else outside / "secret.json")
    with pytest.raises(HostilePackage):
        load(folder)


def test_a_pipe_is_refused_and_not_read(folder: Path) -> None:
    os.mkfifo(folder / "pages.json")
    with pytest.raises(HostilePackage):
        load(folder)


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/../../b", "..", "/etc/passwd", "a\\..\\b"])
def test_names_that_lead_out_of_the_folder_are_refused(folder: Path, name: str) -> None:
    put(folder, "files.json", [{"id": 1, "display_name": name}])
    with pytest.raises(HostilePackage):
        load(folder)
    (folder / "files.json").unlink()
    put(folder, "folders.json", [{"id": 1, "full_name": f"course files/{name}"}])
    with pytest.raises(HostilePackage):
        load(folder)


def test_the_order_of_documents_and_objects_does_not_matter(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    objects = [{"id": number, "title": f"Page {number}", "url": f"page-{number}"} for number in range(1, 20)]
    put(folder, "pages.json", objects)
    other = tmp_path_factory.mktemp("other")
    put(other, "course.json", COURSE)
    put(other, "pages/z.json", objects[:5])
    put(other, "pages/a.json", objects[:4:-1])
    assert load(folder).objects == load(other).objects


def test_a_folder_that_is_not_there_is_unreadable(tmp_path: Path) -> None:
    shutil.rmtree(tmp_path)
    with pytest.raises(UnreadablePackage):
        load(tmp_path)


def test_the_folder_of_a_group_or_a_user_needs_no_course_json(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "a.txt").write_text("a")
    importing = Importing(course_id=7, next_id=iter(range(1, 99)).__next__)
    read(tmp_path, importing, is_course=False)
    assert [item.label for item in importing.all(Kind.FILES)] == ["a.txt"]
    with pytest.raises(UnreadablePackage, match=r"course\.json"):
        read(tmp_path, Importing(course_id=7, next_id=iter(range(1, 99)).__next__))


def test_faults_name_the_document_the_line_and_the_field(tmp_path: Path) -> None:
    (tmp_path / "course.json").write_text('{"id": 1,\n "name": "Tides",\n oops}')
    with pytest.raises(UnreadablePackage, match=r"course\.json, line 3: not JSON"):
        read(tmp_path, Importing(course_id=7, next_id=int))
    (tmp_path / "course.json").write_text('{"id": 1, "name": ["Tides"]}')
    with pytest.raises(InvalidContent, match=r"course\.json: .*\$\.name"):
        read(tmp_path, Importing(course_id=7, next_id=int))
    (tmp_path / "course.json").write_text('{"id": 1, "name": "Tides"}')
    (tmp_path / "pages.json").write_text('[\n{"id": 1},\n')
    (tmp_path / "quizzes.json").write_text('[{"id": 1, "title": "T"}, {"id": 2, "title": ["T"]}]')
    importing = Importing(course_id=7, next_id=int)
    read(tmp_path, importing)
    by_code = {warning.code: warning.message for warning in importing.warnings}
    assert by_code["json_unreadable"].startswith("pages.json, line 3: not JSON")
    assert by_code["invalid_content"].startswith("A field of quizzes.json[1] was left out: ")
    assert "$.title" in by_code["invalid_content"]
