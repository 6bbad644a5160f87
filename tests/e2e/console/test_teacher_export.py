"""A teacher selects, checks, starts, watches, downloads and deletes an export in a browser."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.support.browser import Reader
from tests.support.campus import Campus, write_folder
from tests.support.client import Client
from tests.support.keys import Keys
from tests.support.small_course import small_course

Visit = Callable[..., Reader]
TEACHER, COLLEAGUE, STUDENT, STRANGER = range(4601, 4605)
STORED = {"one.txt": b"one" * 1000, "two.txt": b"two"}


@pytest.fixture(scope="module")
def course(campus: Campus, tmp_path_factory: pytest.TempPathFactory) -> int:
    documents = {"course": {"id": 9, "name": "Tides and currents"}, **small_course()}
    course_id = campus.load(write_folder(tmp_path_factory.mktemp("console"), documents, STORED))
    for user, role in ((TEACHER, "teacher"), (COLLEAGUE, "teacher"), (STUDENT, "student")):
        campus.enroll(course_id, user, role)
    return course_id


@pytest.fixture(scope="module")
def teacher(campus: Campus, course: int) -> Client:
    return campus.client(TEACHER)


@pytest.fixture
def signed_in(campus: Campus, course: int, reader: Reader) -> Reader:
    reader.sign_in(campus.stack.token(TEACHER))
    return reader


def test_a_teacher_selects_checks_starts_watches_and_opens_an_export(
    signed_in: Reader, course: int, tmp_path: Path
) -> None:
    reader, page = signed_in, signed_in.page
    page.get_by_role("link", name="Tides and currents").click()
    expect(page.get_by_text("There is no export yet.")).to_be_visible()
    reader.assert_accessible()
    page.get_by_role("link", name="New export").click()
    expect(page.locator("#plan .sum")).to_contain_text("objects")
    page.get_by_label("Only what I tick").check()
    page.get_by_label("Search in the content").fill("first")
    expect(page.get_by_label("Second")).to_be_hidden()
    page.get_by_label("First", exact=True).check()
    expect(page.locator("#plan").get_by_role("heading", name="Comes along")).to_be_visible()
    reader.assert_accessible()
    page.get_by_role("button", name="Start the export").click()
    expect(page.get_by_role("link", name="Download")).to_be_visible(timeout=20_000)
    reader.assert_accessible()
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Download").click()
    path = tmp_path / "package.imscc"
    downloading.value.save_as(path)
    expect(page.locator("code.digest")).to_have_text(hashlib.sha256(path.read_bytes()).hexdigest())
    with zipfile.ZipFile(path) as package:
        assert package.testzip() is None
        names = package.namelist()
    assert "wiki_content/linked.html" in names
    assert "wiki_content/other.html" not in names


def test_a_whole_export_is_made_with_the_keyboard_alone(
    campus: Campus, course: int, reader: Reader, tmp_path: Path
) -> None:
    page, keys = reader.page, Keys(reader.page)
    reader.open(f"/console/courses/{course}")
    keys.to("Access token").write(campus.stack.token(TEACHER))
    expect(page.get_by_role("heading", level=1)).to_have_text("Tides and currents")
    keys.to("To the content").press("Enter")
    expect(page.locator("#main")).to_be_focused()
    keys.to("New export").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("New export")
    keys.to("Everything").press("ArrowDown")
    expect(page.get_by_label("Only what I tick")).to_be_focused()
    keys.to("Search in the content").press("Tab", "Shift+Tab").write("linked")
    keys.to("Pages 2").press("Enter", "Enter")  # the search has opened it: close and open it
    keys.to("Linked").press("Space")
    expect(page.locator("#plan .sum")).to_contain_text("objects")
    keys.to("Start the export").press("Enter")
    expect(page.get_by_role("link", name="Download")).to_be_visible(timeout=20_000)
    keys.to("Download")
    with page.expect_download() as downloading:
        keys.press("Enter")
    downloading.value.save_as(tmp_path / "package.imscc")
    assert "wiki_content/linked.html" in zipfile.ZipFile(tmp_path / "package.imscc").namelist()
    keys.to("Look inside").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Content of the package")
    assert reader.errors == []
