"""Operators handle dead letters, drain workers, pause exports and read the audit log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import aio_pika
import pytest
from playwright.sync_api import Locator, expect

from deploy.stack.child_processes import wait_until
from shared.contracts.topology import REQUESTS
from tests.support.browser import Reader
from tests.support.campus import Campus
from tests.support.client import Client
from tests.support.stack import Stack

SECTIONS = ("dead-letters", "workers", "pauses", "audit")
Visit = Callable[..., Reader]


@pytest.fixture
def operator(stack: Stack, visit: Visit) -> Reader:
    """A site admin, without JavaScript: all of it works so."""
    reader = visit(java_script_enabled=False)
    reader.sign_in(stack.token(1, "--site-admin"))
    return reader


@pytest.fixture
def letter(stack: Stack, admin: Client) -> str:
    """The id of a dead letter: a message that no worker can read."""

    async def send() -> None:
        async with await aio_pika.connect(stack.servers.amqp_url) as connection:
            exchange = await (await connection.channel()).get_exchange(REQUESTS, ensure=False)
            await exchange.publish(aio_pika.Message(b"?", message_id="of-the-console"), "qti")

    with ThreadPoolExecutor(1) as thread:  # this one has the loop of the browser
        thread.submit(asyncio.run, send()).result()
    assert wait_until(lambda: bool(letters(admin)), 10)
    return letters(admin)[0]


def letters(admin: Client) -> list[str]:
    answer = admin.http.get("/api/v1/admin/dead_letters")
    return [each["id"] for each in answer.json() if each["message_id"] == "of-the-console"]


def test_a_dead_letter_is_sent_again_and_when_it_comes_back_removed(
    operator: Reader, admin: Client, letter: str
) -> None:
    page = operator.page
    operator.open("/console/admin/dead-letters")
    item = page.get_by_role("listitem").filter(has_text="of-the-console")
    item.get_by_role("link", name="Send again").click()
    expect(page.get_by_text("1 message is sent to where it was sent first.")).to_be_visible()
    page.get_by_role("button", name="Send again").click()
    assert wait_until(lambda: letters(admin) not in ([], [letter]), 10)  # it comes back under an id of its own
    page.reload()
    item.get_by_role("link", name="Remove").click()
    page.get_by_role("button", name="Remove for good").click()
    expect(item).to_have_count(0)
    operator.open(f"/console/admin/dead-letters/drop?id={letter}")
    expect(page.get_by_text("It is no longer there: nothing would change.")).to_be_visible()
    assert operator.errors == []


def test_a_worker_is_drained_and_takes_exports_again(operator: Reader) -> None:
    page = operator.page
    operator.open("/console/admin/workers")
    row = page.get_by_role("row").filter(has_text="Quizzes (QTI)").filter(has_text="takes exports").first
    name = row.get_by_role("rowheader").inner_text()
    row = page.get_by_role("row").filter(has_text=name)
    row.get_by_role("link", name="Drain it").click()
    expect(page.get_by_text("It finishes what it has, and takes no more.")).to_be_visible()
    page.get_by_role("button", name="Drain it").click()
    expect(row).to_contain_text("drains")
    row.get_by_role("link", name="Let it take exports").click()
    page.get_by_role("button", name="Let it take exports").click()
    expect(row).to_contain_text("takes exports")


def test_the_exports_of_a_course_are_paused_for_a_reason_and_go_on(operator: Reader, campus: Campus) -> None:
    course = f"courses/{campus.course('--name', 'Tides')}"
    page = operator.page
    for named, button in (("frogs/1", "Pause"), (course, "Pause"), (course, "Put into quarantine")):
        operator.open("/console/admin/pauses")
        page.get_by_label("Course, group or user").fill(named)
        main = page.get_by_role("main")
        main.get_by_role("button", name=button).click()
        if named == "frogs/1":
            expect(page.get_by_role("alert")).to_contain_text("context must be courses/")
            continue
        main.get_by_role("button", name=button).click()
        expect(page.get_by_role("alert")).to_contain_text("Give a reason")
        page.get_by_label("Reason").fill("Until Monday.")
        main.get_by_role("button", name=button).click()
        row = page.get_by_role("row").filter(has_text=course)
        expect(row).to_contain_text("Until Monday.")
        row.get_by_role("link", name="Let them go on").click()
        main.get_by_role("button", name="Let them go on").click()
        expect(row).to_have_count(0)


def test_the_audit_log_is_read_by_person_and_page(operator: Reader) -> None:
    page = operator.page
    for _ in range(2):
        operator.open("/console/admin/audit?user_id=1")
    expect(page.get_by_role("row").nth(1)).to_contain_text("audit")
    older = page.get_by_role("link", name="Next page")
    if older.count():
        older.click()
        assert "user_id=1&before_id=" in page.url
    operator.open("/console/admin/audit?user_id=99999999")
    expect(page.get_by_text("The log has no such action.")).to_be_visible()
    operator.open("/console/admin/audit?since=yesterday")
    expect(page.get_by_role("alert")).to_contain_text("since")


@pytest.mark.parametrize("language", ["English", "Deutsch"])
def test_each_page_is_accessible_narrow_and_wide(stack: Stack, visit: Visit, letter: str, language: str) -> None:
    viewport = {"width": 320 if language == "Deutsch" else 1280, "height": 700}
    reader = visit(viewport=viewport, color_scheme="dark" if language == "Deutsch" else "light")
    reader.sign_in(stack.token(1, "--site-admin"))
    button: Locator = reader.page.get_by_role("button", name=language)
    button.click()
    for section in (*SECTIONS, f"dead-letters/drop?id={letter}"):
        reader.open(f"/console/admin/{section}")
        reader.assert_accessible()
        assert reader.page.evaluate("document.documentElement.scrollWidth") == viewport["width"]


def test_a_person_without_the_right_reads_the_refusal(stack: Stack, reader: Reader) -> None:
    reader.sign_in(stack.token(602))
    for section in (*SECTIONS, "workers/drain?worker=a", "pauses/pause?context=courses/1", "dead-letters/drop?id=all"):
        assert reader.open(f"/console/admin/{section}").status == 403, section
