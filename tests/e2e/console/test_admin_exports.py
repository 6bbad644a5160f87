"""Operators list the exports of everybody, read the story of one, and act on it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.browser import Reader
from tests.support.campus import Campus
from tests.support.client import Client
from tests.support.stack import Stack

Visit = Callable[..., Reader]


@pytest.fixture
def course(campus: Campus) -> int:
    return campus.course("--name", "Tides")


@pytest.fixture
def operator(stack: Stack, visit: Visit) -> Reader:
    """A site admin, without JavaScript: all of it works so."""
    reader = visit(java_script_enabled=False)
    reader.sign_in(stack.token(1, "--site-admin"))
    return reader


def failed_export(admin: Client, course: int) -> int:
    empty = admin.create(course, "common_cartridge", select={"pages": ["999"]})
    return int(admin.finished(empty)["id"])


def pause(admin: Client, course: int) -> None:
    paused = admin.http.post("/api/v1/admin/pauses", json={"context": f"courses/{course}", "reason": "Until Monday."})
    assert paused.status_code == 200, paused.text


def test_a_filter_stands_in_the_address_and_leads_to_a_failed_export_its_story_and_a_retry(
    operator: Reader, admin: Client, course: int
) -> None:
    failed = failed_export(admin, course)
    admin.finished(admin.create(course, "common_cartridge"))
    page = operator.page
    page.get_by_role("link", name="Administration").click()
    page.get_by_role("link", name="Exports", exact=True).click()
    page.get_by_text("Filter exports").click()
    page.get_by_label("State").select_option(label="failed")
    page.get_by_label("Course, group or user").fill(f"courses/{course}")
    page.get_by_role("button", name="Filter").click()
    assert page.url.endswith(f"/console/admin/exports?workflow_state=failed&context=courses%2F{course}")
    expect(page.get_by_role("row")).to_have_count(2)
    page.get_by_role("link", name=str(failed), exact=True).click()
    main = page.get_by_role("main")
    expect(main).to_contain_text("Nothing that was selected exists.")
    expect(page.get_by_role("heading", name="Attempt 1: failed")).to_be_visible()
    expect(main).to_contain_text(f"content-exports explain {failed} --logs -")
    page.get_by_role("link", name="Create it again").click()
    page.get_by_role("button", name="Create it again").click()
    expect(page.get_by_role("status")).to_have_text("This export was created again from a failed one.")
    operator.open(f"/console/admin/exports/{failed}")
    expect(page.get_by_role("link", name="retries it")).to_be_visible()
    assert operator.errors == []


def test_an_export_that_waits_is_sent_again_and_ended_for_a_reason_after_a_dry_run_has_predicted_it(
    operator: Reader, admin: Client, course: int
) -> None:
    pause(admin, course)
    waiting = admin.create(course, "common_cartridge")["id"]
    page = operator.page
    operator.open(f"/console/admin/exports/{waiting}")
    expect(page.get_by_text(f"courses/{course} is paused: Until Monday.")).to_be_visible()
    page.get_by_role("link", name="Send it again").click()
    expect(page.get_by_text("its message is sent once more")).to_be_visible()
    page.get_by_role("button", name="Send it again").click()
    expect(page.get_by_role("status")).to_have_text("Its message was sent once more.")
    page.get_by_role("link", name="End it as failed").click()
    page.get_by_role("button", name="End it").click()
    expect(page.get_by_role("alert")).to_contain_text("Give a reason")
    page.get_by_label("Reason").fill("The disk is full.")
    page.get_by_role("button", name="End it").click()
    expect(page.get_by_text("The disk is full.").first).to_be_visible()
    operator.open(f"/console/admin/exports/{waiting}/cancel")
    expect(page.get_by_text("nothing would change")).to_be_visible()
    expect(page.get_by_role("main").get_by_role("button")).to_have_count(0)


def test_a_long_list_is_read_page_by_page(operator: Reader, admin: Client, course: int) -> None:
    pause(admin, course)
    ids = [admin.create(course, "zip")["id"] for _ in range(51)]
    page = operator.page
    operator.open(f"/console/admin/exports?context=courses/{course}")
    expect(page.get_by_role("row")).to_have_count(51)
    page.get_by_role("link", name="Next page").click()
    assert re.search(r"context=courses%2F\d+&page=bookmark", page.url)
    expect(page.get_by_role("row")).to_have_count(2)
    expect(page.get_by_role("link", name=str(ids[0]), exact=True)).to_be_visible()
    page.get_by_role("link", name="First page").click()
    expect(page.get_by_role("row")).to_have_count(51)
    admin.http.post("/api/v1/admin/exports/cancel", json={"ids": ids})


def test_a_wrong_filter_stays_in_the_form_beside_the_sentence_of_the_api(operator: Reader) -> None:
    operator.open("/console/admin/exports?context=frogs/1&stuck=true")
    expect(operator.page.get_by_role("alert")).to_contain_text("context must be courses/")
    expect(operator.page.get_by_label("Course, group or user")).to_have_value("frogs/1")


def test_a_person_without_the_right_reads_the_refusal_and_has_no_link_to_these_pages(
    stack: Stack, reader: Reader
) -> None:
    reader.sign_in(stack.token(601))
    expect(reader.page.get_by_role("link", name="Administration")).to_have_count(0)
    for path in ("exports", "exports/1", "exports/1/fail"):
        assert reader.open(f"/console/admin/{path}").status == 403
        expect(reader.page.get_by_role("heading", level=1)).to_have_text("You have no right to this")


def test_the_pages_are_accessible_on_a_narrow_screen_in_german_and_with_javascript(
    stack: Stack, visit: Visit, admin: Client, course: int
) -> None:
    failed = failed_export(admin, course)
    reader = visit(viewport={"width": 320, "height": 640}, color_scheme="dark")
    reader.sign_in(stack.token(1, "--site-admin"))
    reader.page.get_by_role("button", name="Deutsch").click()
    for path in (f"exports?context=courses/{course}", "exports?context=courses/0", f"exports/{failed}"):
        reader.open(f"/console/admin/{path}")
        expect(reader.page.get_by_role("link", name="Exporte", exact=True)).to_be_visible()
        reader.assert_accessible()
        assert reader.page.evaluate("document.documentElement.scrollWidth") == 320
