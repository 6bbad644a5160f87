"""A package of each type with its page to read, through the running system, and what a load makes of it."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.client import Client
from tests.support.offline import Page
from tests.support.stack import Stack


@pytest.fixture(scope="module")
def teacher(stack: Stack, sample: int) -> Client:
    stack.command("enroll", "--course", str(sample), "--user", "5801", "--create", "--role", "teacher")
    return Client(stack.base_url, stack.token(5801))


TITLES = {
    "common_cartridge": ["Syllabus", "Modules", "Pages", "Assignments", "Discussions", "Announcements", "Quizzes"],
    "qti": ["Quizzes"],
    "zip": [],
}


@pytest.fixture(params=TITLES)
def packages(request: pytest.FixtureRequest, teacher: Client, sample: int, tmp_path: Path) -> dict[str, Any]:
    """Exports of a type: twice with the page, once without; each with the file that was downloaded."""
    wanted: dict[str, dict[str, Any]] = {
        "with": {"include_index": True},
        "again": {"include_index": "1"},
        "without": {},
    }
    done = {name: teacher.exported(sample, request.param, **options) for name, options in wanted.items()}
    return {"type": request.param} | {
        name: (export, teacher.download(export, tmp_path / f"{name}.zip")) for name, export in done.items()
    }


def test_a_package_has_a_page_where_that_was_asked_for_and_is_the_same_otherwise(
    teacher: Client, packages: dict[str, Any], load: Callable[[Path], dict[str, Any]]
) -> None:
    (done, target), (again, _), (_, plain) = packages["with"], packages["again"], packages["without"]
    with zipfile.ZipFile(target) as package, zipfile.ZipFile(plain) as other:
        assert package.testzip() is None
        assert package.namelist() == [*other.namelist(), "index.html"]
        assert all(package.read(name) == other.read(name) for name in other.namelist() if name != "imsmanifest.xml")
        page = Page("index.html", package.read("index.html"), package.namelist())
    assert done["attachment"]["sha256"] == again["attachment"]["sha256"]
    assert teacher.report(done)["verification"]["findings"] == []
    titles = [each.text_content() for each in page.root.iter("h2")]
    assert titles == ["Contents", *TITLES[packages["type"]], "Files", "Report of the export"]
    assert page.broken_links() == []
    if packages["type"] != "zip":
        first, second = load(target), load(plain)
        assert {**first, "course_id": 0} == {**second, "course_id": 0}
