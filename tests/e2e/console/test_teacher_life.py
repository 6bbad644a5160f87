"""What happens to exports while a teacher looks at their pages: cancelled, failed, expired, lost workers, other people."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import expect

from tests.support.browser import Reader
from tests.support.campus import Campus, write_folder
from tests.support.client import Client
from tests.support.small_course import small_course
from tests.support.stack import Stack

Visit = Callable[..., Reader]
TEACHER, STRANGER, STUDENT = range(4611, 4614)
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000000020001e221bc33"
    "0000000049454e44ae426082"
)
PAGE = '<p style="color: teal">The moon.</p><img src="/courses/9/files/3/preview" alt="A wave"><script>document.title = "x"</script>'


@pytest.fixture(scope="module")
def course(campus: Campus, tmp_path_factory: pytest.TempPathFactory) -> int:
    documents = {"course": {"id": 9, "name": "Waves"}, **small_course()}
    documents["files"].append({"id": 3, "display_name": "wave.png", "folder_id": 1})
    documents["pages"].append({"id": 3, "title": "Seen", "url": "seen", "body": PAGE, "published": True})
    documents["quiz_questions"] = [
        {
            "id": 1,
            "quiz_id": 1,
            "position": 1,
            "question_type": "multiple_choice_question",
            "question_name": "Pull",
            "question_text": "<p>What pulls the sea?</p>",
            "points_possible": 1,
            "answers": [{"id": 1, "text": "The moon", "weight": 100}, {"id": 2, "text": "The wind", "weight": 0}],
        }
    ]
    stored = {"one.txt": b"one" * 1000, "two.txt": b"two", "wave.png": PICTURE}
    course_id = campus.load(write_folder(tmp_path_factory.mktemp("waves"), documents, stored))
    campus.enroll(course_id, TEACHER, "teacher")
    campus.enroll(course_id, STUDENT, "student")
    return course_id


@pytest.fixture(scope="module")
def teacher(campus: Campus, course: int) -> Client:
    return campus.client(TEACHER)


@pytest.fixture
def signed_in(stack: Stack, course: int, reader: Reader) -> Reader:
    reader.sign_in(stack.token(TEACHER))
    return reader


def at(course: int, export: dict[str, object] | None = None) -> str:
    return f"/console/courses/{course}" + (f"/exports/{export['id']}" if export else "")


def test_a_waiting_export_is_cancelled_tried_again_and_deleted(
    stack: Stack, signed_in: Reader, teacher: Client, course: int
) -> None:
    reader, page = signed_in, signed_in.page
    stack.stop("qti")
    try:
        export = teacher.create(course, "qti")
        reader.open(at(course, export))
        expect(page.get_by_role("progressbar")).to_be_visible()
        reader.assert_accessible()
        page.get_by_role("button", name="Cancel the export").click()
        expect(page.get_by_text("The export was cancelled.")).to_be_visible()
        reader.assert_accessible()
        page.get_by_role("button", name="Try again").click()
        expect(page.get_by_role("progressbar")).to_be_visible()
    finally:
        stack.start("qti")
    expect(page.get_by_role("link", name="Download")).to_be_visible(timeout=30_000)
    page.get_by_role("link", name="Delete").click()
    reader.assert_accessible()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="Exports")).to_be_visible()
    expect(page.locator("td a")).not_to_contain_text([f"#{export['id'] + 1}"])


def test_a_package_is_looked_into_and_its_pages_run_nothing(signed_in: Reader, teacher: Client, course: int) -> None:
    reader, page = signed_in, signed_in.page
    done = teacher.exported(course, "common_cartridge")
    reader.open(at(course, done))
    page.get_by_role("link", name="Look inside").click()
    reader.assert_accessible()
    page.get_by_role("link", name="Seen").click()
    frame = page.frame_locator("iframe")
    expect(frame.get_by_text("The moon.")).to_be_visible()
    assert frame.get_by_alt_text("A wave").evaluate("image => image.naturalWidth") == 1
    assert page.title() != "x"
    assert page.locator("iframe").get_attribute("sandbox") == ""
    reader.errors = [each for each in reader.errors if "Blocked script execution" not in each]
    reader.assert_accessible()
    page.get_by_role("link", name="Content of the package").click()
    page.get_by_role("link", name="wave.png").click()
    expect(page.get_by_alt_text("wave.png")).to_be_visible()
    page.get_by_role("link", name="Content of the package").click()
    page.get_by_role("link", name="Chosen").first.click()
    expect(page.get_by_text("What pulls the sea?")).to_be_visible()
    expect(page.get_by_text("The wind")).to_be_visible()
    reader.assert_accessible()


def test_a_download_that_was_interrupted_goes_on_where_it_stopped(
    signed_in: Reader, teacher: Client, course: int
) -> None:
    done = teacher.exported(course, "zip")
    cookies = {each["name"]: each["value"] for each in signed_in.context.cookies()}
    url = f"{signed_in.base_url}{at(course, done)}/download"
    with httpx2.Client(cookies=cookies, trust_env=False) as browser:
        whole = browser.get(url)
        head = browser.head(url)
        rest = browser.get(url, headers={"Range": "bytes=100-", "If-Range": whole.headers["etag"]})
        other = browser.get(url, headers={"Range": "bytes=100-", "If-Range": '"another"'})
        known = browser.get(url, headers={"If-None-Match": whole.headers["etag"]})
    assert hashlib.sha256(whole.content).hexdigest() == done["attachment"]["sha256"]
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(whole.content)))
    assert (rest.status_code, rest.content) == (206, whole.content[100:])
    assert (other.status_code, len(other.content), known.status_code) == (200, len(whole.content), 304)


def test_an_expired_export_says_so_and_is_built_again(
    stack: Stack, signed_in: Reader, teacher: Client, course: int
) -> None:
    reader, page = signed_in, signed_in.page
    done = teacher.exported(course, "zip")
    expire = "UPDATE attachments SET expires_at = now() - interval '1 day' WHERE content_export_id = $1"
    with ThreadPoolExecutor() as thread:  # beside the event loop of the browser
        thread.submit(stack.query, expire, done["id"]).result()
    assert reader.open(f"{at(course, done)}/download").status == 410
    expect(page.get_by_text("The package expired on")).to_be_visible()
    reader.errors.clear()  # the 410 itself
    reader.assert_accessible()
    reader.open(at(course, done))
    expect(page.get_by_text("The package is no longer there.")).to_be_visible()
    reader.assert_accessible()
    page.get_by_role("button", name="Export again").click()
    expect(page.get_by_role("link", name="Download")).to_be_visible(timeout=20_000)
    assert page.url.rsplit("/", 1)[1] != str(done["id"])


def test_an_export_whose_worker_is_killed_ends_on_the_page_that_watches_it(
    stack: Stack, signed_in: Reader, campus: Campus, tmp_path: Path
) -> None:
    page = signed_in.page
    (tmp_path / "files").mkdir()
    (tmp_path / "course.json").write_text(json.dumps({"id": 1, "name": "Heavy"}))
    for number in range(3):
        (tmp_path / "files" / f"{number}.txt").write_bytes(os.urandom(1 << 19).hex().encode() * 50)
    with ThreadPoolExecutor() as thread:
        heavy = thread.submit(campus.load, tmp_path).result()
        thread.submit(campus.enroll, heavy, TEACHER, "teacher").result()
    signed_in.open(f"/console/courses/{heavy}/exports/new")
    page.get_by_role("button", name="Start the export").click()
    expect(page.locator("#bytes")).to_contain_text("of at most", timeout=20_000)
    stack.kill("cartridge")
    stack.start("cartridge")
    expect(page.get_by_role("link", name="Download")).to_be_visible(timeout=60_000)


def test_two_people_do_not_see_each_others_exports(stack: Stack, visit: Visit, teacher: Client, course: int) -> None:
    done = teacher.exported(course, "qti")
    for user in (STRANGER, STUDENT):
        reader = visit()
        reader.sign_in(stack.token(user))
        assert reader.open(at(course, done)).status == 403
        expect(reader.page.get_by_role("heading", level=1)).to_have_text("You have no right to this")
    expect(reader.page.get_by_text("user not authorized to perform that action")).to_be_visible()
    reader.open(at(course))  # the student
    expect(reader.page.get_by_text("There is no export yet.")).to_be_visible()
    reader.open(f"{at(course)}/exports/new")
    expect(reader.page.get_by_role("radio")).to_have_count(1)


def test_the_pages_work_without_javascript(stack: Stack, visit: Visit, course: int) -> None:
    reader = visit(java_script_enabled=False)
    page = reader.page
    reader.sign_in(stack.token(TEACHER))
    reader.open(f"{at(course)}/exports/new")
    page.get_by_label("Only what I tick").check()
    page.get_by_role("button", name="Check first").click()
    expect(page.get_by_text("Nothing is selected yet.")).to_be_visible()
    page.locator("summary", has_text="Pages").click()
    page.get_by_label("Linked").first.check()
    page.get_by_role("button", name="Check first").click()
    expect(page.locator("#plan .sum")).to_contain_text("objects")
    expect(page.get_by_label("Linked").first).to_be_checked()
    page.get_by_role("button", name="Start the export").click()
    expect(page.get_by_role("link", name="Download")).to_be_visible(timeout=20_000)  # the page loads itself again
