"""The export of an export is the same package again, byte for byte: the first one lost nothing."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from tests.support import roundtrip
from tests.support.shared import CORPORA, REPOSITORY, needs_shared

PACKAGES = sorted(path for path in CORPORA.glob("*/*") if path.suffix in (".imscc", ".zip"))
COURSES = [REPOSITORY / "deploy/sample", REPOSITORY / "tests/data/lti_course"]


# Of the rows of tests/e2e/link_cases.py, and of those about courses.
CASES = sorted(
    next(folder.glob("input*"))
    for folder in (REPOSITORY / "tests/data/cases").iterdir()
    if folder.name[:2]
    in ("10", "11", "12", "13", "18", "20", "22", "23", "25", "26", "27", "44", "45", "50", "51", "60", "61", "65")
)


def twice(source: Path, folder: Path, version: str, export_type: str = "common_cartridge") -> tuple[Path, Path]:
    """The export of a source, and the export of that."""
    again = folder / "again.zip"
    once, _ = roundtrip.exported(source, version, export_type)
    roundtrip.export(roundtrip.load(once), again, version, export_type=export_type)
    return once, again


def members(path: Path) -> list[tuple[str, bytes]]:
    """Name and bytes of every member, in order."""
    with zipfile.ZipFile(path) as package:
        return [(name, package.read(name)) for name in package.namelist()]


@pytest.mark.parametrize("version", ["1.1", "1.3"])
@pytest.mark.parametrize("course", COURSES, ids=lambda path: path.name)
def test_a_course_of_ours_comes_back_byte_for_byte(course: Path, version: str, tmp_path: Path) -> None:
    once, again = twice(course, tmp_path, version)
    assert members(again) == members(once)
    assert again.read_bytes() == once.read_bytes()


@needs_shared
@pytest.mark.parametrize("version", ["1.1", "1.3"])
@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_the_export_of_a_real_package_comes_back_byte_for_byte(package: Path, version: str, tmp_path: Path) -> None:
    once, again = twice(package, tmp_path, version)
    assert members(again) == members(once)
    assert again.read_bytes() == once.read_bytes()


def test_a_package_of_quizzes_comes_back_byte_for_byte(tmp_path: Path) -> None:
    once, again = twice(COURSES[0], tmp_path, "1.1", "qti")
    assert members(again) == members(once)


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.parent.name)
def test_the_export_of_an_odd_course_comes_back_byte_for_byte(case: Path, tmp_path: Path) -> None:
    once, again = twice(case, tmp_path, "1.1")
    assert members(again) == members(once)
    assert again.read_bytes() == once.read_bytes()
