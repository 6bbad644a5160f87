"""What the mails say: text and HTML alike, with names of any kind."""

from __future__ import annotations

from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.notifier.mail.language import MAILS
from services.notifier.mail.letter import Letter, as_html, as_text
from services.notifier.mail.names import one_line
from services.notifier.mail.subjects import DisabledWebhook, Package
from shared.domain.export import Context, ContextType, ExportType
from tests.support.letters import PAGE, an_export, letters_to

EXPIRES = datetime(2026, 12, 27, 12, tzinfo=UTC)


class Page(HTMLParser):
    """The elements, links and visible text of an HTML part."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    @property
    def links(self) -> list[str | None]:
        return [attributes["href"] for tag, attributes in self.elements if tag == "a"]


def both(letter: Letter, locale: str = "en") -> tuple[str, Page]:
    texts = MAILS.texts_for(locale)
    return as_text(letter, texts), Page(as_html(letter, texts))


def test_an_exported_export_has_its_facts_and_a_link_to_its_page() -> None:
    letter = letters_to(locale="de-CH", time_zone="Europe/Zurich").exported(an_export())
    assert letter.subject == "Export von „Tides“ ist fertig: Common Cartridge"
    text, page = both(letter, "de-CH")
    for part in (" ".join(text.split()), page.text):
        assert "bis Sonntag, 27. Dezember 2026, 13:00 MEZ heruntergeladen" in part
        assert "tides-export.imscc" in part
        assert "18.2 MB" in part  # as in Switzerland
    assert PAGE in text.splitlines()
    assert page.links == [PAGE]
    assert "fehl" not in text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"complete": False, "warnings_count": 1}, "Something is missing from the package"),
        ({"complete": False, "missing": ("Ebb.mp4",)}, "in whole or in part: “Ebb.mp4”; the report"),
        ({"complete": False, "missing": tuple("abcdef")}, "“a”, “b”, “c”, and 3 more; the report"),
        ({"warnings_count": 1}, "but 1 thing is not as it was"),
        ({"warnings_count": 5}, "but 5 things are not as they were"),
    ],
)
def test_what_is_missing_is_one_sentence_with_a_link_to_the_report(fields: dict[str, object], sentence: str) -> None:
    text, page = both(letters_to().exported(an_export(**fields)))
    assert sentence in " ".join(text.split())
    assert sentence in page.text
    assert page.links == [PAGE, f"{PAGE}/report"]


def test_without_a_page_that_a_person_can_open_a_mail_has_no_link_and_names_the_export() -> None:
    export = an_export(page_url=None, complete=False, warnings_count=1)
    for letter in (letters_to().exported(export), letters_to().failed(export), letters_to().expiring(export)):
        text, page = both(letter)
        assert page.links == []
        assert "http" not in text
        assert "Export id: 7" in text


def test_a_package_that_is_kept_has_no_end() -> None:
    text, _ = both(letters_to().exported(an_export(expires_at=None)))
    assert "until" not in text


def test_several_packages_are_counted_together() -> None:
    packages = tuple(Package(f"part-{number}.zip", 600_000) for number in range(1, 6))
    text, _ = both(letters_to().exported(an_export(packages=packages)))
    assert "part-1.zip, part-2.zip, part-3.zip, and 2 more" in text
    assert "Size: 3 MB" in text


@pytest.mark.parametrize(
    ("context_type", "label"),
    [(ContextType.COURSE, "Course"), (ContextType.GROUP, "Group"), (ContextType.USER, "Files of")],
)
def test_the_context_is_named_by_its_kind(context_type: ContextType, label: str) -> None:
    export = an_export(context=Context(context_type, 3), export_type=ExportType.ZIP, context_name=None)
    assert (label, f"{context_type.value} 3") in letters_to().exported(export).facts


def test_a_failed_export_says_why_and_what_to_do() -> None:
    export = an_export(error_code="store_full", error_message="The bucket is full.", request_id="r-1", packages=())
    text, _ = both(letters_to(locale="de").failed(export), "de")
    assert "Der Objektspeicher ist voll" in text
    assert "Fordern Sie den Export später" in text
    assert "Einzelheiten: The bucket is full." in text
    assert "Anfrage-ID: r-1" in text


def test_a_failure_of_a_later_release_is_one_without_a_reason() -> None:
    letter = letters_to().failed(an_export(error_code="of_a_later_release", error_message=None))
    assert letter.paragraphs[0] == "The export could not be built."
    assert "Details" not in dict(letter.facts)


def test_a_reminder_says_when_the_package_is_removed() -> None:
    letter = letters_to(time_zone="Tokyo").expiring(an_export())
    assert letter.subject == "Export of “Tides” expires soon: Common Cartridge"
    assert "removed on Sunday, December 27, 2026, 9:00\u202fPM GMT+09:00" in letter.paragraphs[0]


def test_a_disabled_webhook_is_named_with_its_last_answer() -> None:
    webhook = DisabledWebhook(id=5, url="https://hooks.school.edu/x", reason="HTTP 500", tries=9, disabled_at=EXPIRES)
    letter = letters_to().webhook_disabled(webhook)
    assert "POST /api/v1/users/self/content_export_webhooks/5/enable" in letter.paragraphs[1]
    assert letter.subject == "Webhook to hooks.school.edu was disabled"
    assert "in 9 tries" in letter.paragraphs[0]
    assert ("Last answer", "HTTP 500") in letter.facts


def test_the_html_part_loads_nothing_and_is_readable_without_tables() -> None:
    _, page = both(letters_to(locale="de").exported(an_export()), "de")
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "img", "link", "table", "iframe", "form"}
    assert page.elements[0] == ("html", {"lang": "de", "dir": "ltr"})
    assert ("meta", {"name": "color-scheme", "content": "light dark"}) in page.elements
    assert {"main", "h1", "footer"} <= tags


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Tides\r\nBcc: all@school.edu", "Tides Bcc: all@school.edu"),
        ("  a\t b\x00\u2028c ", "a b c"),
        ("\u202ereversed", "reversed"),
        ("שיעור", "\u2068שיעור\u2069"),
        ("lone \ud800 half", "lone half"),
        ("👩‍🚀 Space", "👩‍🚀 Space"),
        ("x" * 200, "x" * 119 + "…"),
    ],
)
def test_a_name_is_one_line_that_changes_nothing_around_it(name: str, shown: str) -> None:
    assert one_line(name) == shown


@given(st.text(st.characters(codec=None), min_size=1, max_size=300))
@example("</p><script>alert(1)</script>")
@example("{{ letter }} {name} %s")
def test_any_name_is_text_in_html_and_adds_no_line_to_the_text_part(name: str) -> None:
    letter = letters_to(name=name).exported(an_export(context_name=name, packages=(Package(name, 1),)))
    plain, page = both(letter)
    usual, usual_page = both(letters_to(name="x").exported(an_export(context_name="x", packages=(Package("x", 1),))))
    assert [element for element, _ in page.elements] == [element for element, _ in usual_page.elements]
    assert len(plain.splitlines()) == len(usual.splitlines())
