"""People sign in with a token, see what is theirs, and sign out."""

from __future__ import annotations

from collections.abc import Callable

import httpx2
from playwright.sync_api import expect

from tests.support.browser import Reader
from tests.support.stack import Stack

Visit = Callable[..., Reader]


def test_a_page_leads_to_the_sign_in_and_back_and_a_sign_out_ends_the_session(stack: Stack, reader: Reader) -> None:
    reader.open("/console?search=tides")
    expect(reader.page.get_by_role("heading", level=1)).to_have_text("Sign in")
    reader.assert_accessible()
    reader.sign_in(stack.token(501, "--site-admin"))
    assert reader.page.url.endswith("/console?search=tides")
    reader.assert_accessible()
    (cookie,) = [each for each in reader.context.cookies() if each["name"] == "content_exports_console"]
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    reader.page.get_by_role("button", name="Sign out").click()
    expect(reader.page.get_by_role("heading", level=1)).to_have_text("Sign in")
    copied = {"Cookie": f"{cookie['name']}={cookie['value']}", "Accept": "text/html"}
    answer = httpx2.get(f"{reader.base_url}/console", headers=copied, trust_env=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/sign-in?next=%2Fconsole")


def test_a_wrong_token_is_refused_with_the_sentence_of_the_api(reader: Reader) -> None:
    reader.open("/console/sign-in")
    reader.page.get_by_label("Access token").fill("guess")
    reader.page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(reader.page.get_by_role("alert")).to_have_text("Invalid access token.")
    expect(reader.page.get_by_label("Access token")).to_have_attribute("aria-invalid", "true")
    assert [text for text in reader.errors if "422" not in text] == []


def test_two_people_at_once_see_what_is_theirs(stack: Stack, visit: Visit) -> None:
    ada, grace = visit(), visit()
    ada.sign_in(stack.token(502))
    grace.sign_in(stack.token(503))
    for reader in (ada, grace):
        expect(reader.page.get_by_text("You have no courses here.")).to_be_visible()
    grace.page.get_by_role("button", name="Sign out").click()
    ada.page.reload()
    expect(ada.page.get_by_role("heading", level=1)).to_have_text("My courses")


def test_a_form_that_is_not_ours_changes_nothing(stack: Stack, reader: Reader) -> None:
    reader.sign_in(stack.token(504))
    cookies = {each["name"]: each["value"] for each in reader.context.cookies()}
    for form in ({}, {"csrf": "0" * 64}):
        answer = httpx2.post(f"{reader.base_url}/console/sign-out", data=form, cookies=cookies, trust_env=False)
        assert (answer.status_code, "This form is too old" in answer.text) == (403, True)
    reader.page.reload()
    expect(reader.page.get_by_role("heading", level=1)).to_have_text("My courses")


def test_a_page_is_in_the_language_of_the_reader_and_every_answer_has_a_policy(reader: Reader, visit: Visit) -> None:
    answer = reader.open("/console/nowhere")
    assert answer.status == 404
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    expect(reader.page.locator("html")).to_have_attribute("lang", "en-US")
    german = visit(locale="de-CH")
    german.open("/console/sign-in")
    expect(german.page.locator("html")).to_have_attribute("lang", "de-CH")
    expect(german.page.get_by_role("heading", level=1)).to_have_text("Anmelden")
