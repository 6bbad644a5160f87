"""A zip of a folder is loaded as the folder is, and is refused by the rules of every package."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.stack.checkout import ROOT
from services.cli.operator.load_over_http import zipped as zip_of
from tests.integration.load.conftest import Place
from tests.support import hostile_zips
from tests.support.hostile_zips import MIB, a_zip

COURSE = {"course.json": b'{"id": 1, "name": "Zipped"}', "pages.json": b'[{"id": 1, "title": "P", "url": "p"}]'}


def zipped(folder: Path, to: Path) -> Path:
    """As the command line zips a folder to upload it."""
    with zip_of(folder, is_course=True) as file:
        file.seek(0)
        to.write_bytes(file.read())
    return to


def test_a_zip_of_a_folder_is_loaded_exactly_as_the_folder(place: Place, tmp_path: Path) -> None:
    folder = ROOT / "deploy" / "sample"
    as_folder = place.loaded(folder)
    as_zip = place.loaded(zipped(folder, tmp_path / "sample.zip"))
    assert as_zip.pop("course_id") != as_folder.pop("course_id")
    assert as_zip == as_folder


def test_the_folder_may_be_below_another_one_and_empty_folders_stay(place: Place, tmp_path: Path) -> None:
    members = [(f"my course/{name}", body) for name, body in COURSE.items()]
    package = tmp_path / "below.zip"
    package.write_bytes(a_zip([*members, ("my course/files/a/", b""), ("my course/files/b/c.txt", b"c")]))
    loaded = place.loaded(package)
    assert (loaded["objects"]["pages"], loaded["objects"]["files"], loaded["objects"]["folders"]) == (1, 1, 3)


def test_files_of_a_user_need_no_course(place: Place, tmp_path: Path) -> None:
    user = place.with_database(lambda db: db.fetchval("INSERT INTO users DEFAULT VALUES RETURNING id"))
    package = tmp_path / "files.zip"
    package.write_bytes(a_zip({"files/notes.txt": b"n"}))
    assert place.loaded(package, "--user", str(user))["objects"]["files"] == 1


@pytest.mark.parametrize(
    ("members", "named"),
    [
        ([(hostile_zips.named("../../evil.json"), b"[]")], "../../evil.json"),
        ([(hostile_zips.link("files/shadow.txt"), b"/etc/shadow")], "shadow.txt"),
        ([("files/zeros.bin", bytes(12 * MIB))], "zeros.bin"),
        ([("files/a", b"x"), ("files/a/b", b"x")], "files/a"),
        ([(f"files/{'n' * 300}.txt", b"x")], "nnn.txt"),
    ],
)
def test_a_hostile_zip_of_a_folder_is_refused_by_its_member_and_nothing_is_written(
    place: Place, tmp_path: Path, members: list[tuple[object, bytes]], named: str
) -> None:
    package = tmp_path / "hostile.zip"
    package.write_bytes(a_zip([*COURSE.items(), *members]))  # type: ignore[list-item]
    before = place.content()
    result = place.load(package)
    assert result.exit_code == 1
    assert named in result.stderr
    assert place.content() == before


def test_a_load_over_the_database_is_audited(place: Place, tmp_path: Path) -> None:
    package = tmp_path / "c.zip"
    package.write_bytes(a_zip(COURSE))
    course = place.loaded(package)["course_id"]
    query = "SELECT action, token, user_id FROM audit_log WHERE subject = $1"
    assert place.query(query, f"course:{course}") == [("load", "database", None)]
