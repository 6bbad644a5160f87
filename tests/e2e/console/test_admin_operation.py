"""Operators handle dead letters, drain workers, pause exports and read the audit log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import aio_pika
import pytest
from playwright.sync_api import Locator, expect

from deploy.stack.child_processes import wait_until
from shared.contracts.topology import REQUESTS
from tests.support.browser import Reader
from tests.support.campus import Campus
from tests.support.client import Client
from tests.support.stack import Stack

SECTIONS = ("queue", "dead-letters", "workers", "pauses", "services", "webhooks", "audit", "system")
Visit = Callable[..., Reader]
WEBHOOK = "VALUES (1, 'https://sis.example.edu/hook', 'own', '{}', 'sealed')"  # of no event: it is never called


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

    in_thread(asyncio.run, send())
    assert wait_until(lambda: bool(letters(admin)), 10)
    return letters(admin)[0]


def in_thread(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call it where no event loop runs: this thread has that of the browser."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(function, *arguments).result()


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
    page.wait_for_url("**/dead-letters")  # it is sent: what is there from now on has come back
    assert wait_until(lambda: bool(letters(admin)), 10)
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


def test_the_queue_is_shown_with_charts_and_their_numbers_as_a_table(
    operator: Reader, admin: Client, campus: Campus
) -> None:
    admin.exported(campus.course("--name", "Tides"), "qti")
    page = operator.page
    operator.open("/console/admin")
    expect(page.get_by_role("heading", level=1)).to_have_text("Queue")
    page.get_by_label("Type").select_option(label="Quizzes (QTI)")
    page.get_by_role("button", name="Show").click()
    assert page.url.endswith("/console/admin/queue?type=qti")
    for chart in ("Exports that ended", "Seconds of waiting"):
        expect(page.get_by_role("img", name=chart)).to_have_count(1)  # that of another width is hidden from everybody
    page.get_by_text("The numbers as a table").click()
    expect(page.get_by_role("table").last.get_by_role("row")).to_have_count(25)


def test_services_webhooks_with_their_deliveries_and_parts_of_the_system_are_read(
    operator: Reader, stack: Stack
) -> None:
    page = operator.page
    stack.command("service", "payroll", "--may", "export.request", "--as-user", "1")
    operator.open("/console/admin/services")
    expect(page.get_by_role("row").filter(has_text="payroll")).to_contain_text("export.request")
    stack.command("service", "payroll", "--remove")  # a broker without its user would refuse its rights
    in_thread(stack.query, f"INSERT INTO content_export_webhooks (user_id, url, scope, types, secret) {WEBHOOK}")
    operator.open("/console/admin/webhooks")
    page.get_by_role("row").filter(has_text="sis.example.edu").first.get_by_role("link").click()
    expect(page.get_by_text("Nothing was sent to it yet.")).to_be_visible()
    operator.open("/console/admin/system")
    expect(page.get_by_role("row").filter(has_text="SECRET_KEY")).to_contain_text("is set")
    expect(page.get_by_role("row").filter(has_text="LEASE_S")).to_contain_text("4.0")
    for part in ("console", "gateway", "database", "object_store", "broker"):
        expect(
            page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=part, exact=True))
        ).to_contain_text("works")


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
