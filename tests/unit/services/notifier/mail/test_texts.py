"""A mail is in the reader's language where the catalogue has it, and its times are in the reader's zone."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest
from babel import Locale

from deploy.stack.checkout import ROOT
from services.notifier.mail.failures import sentences
from services.notifier.mail.language import MAILS
from shared.domain.language.time_zones import zone_of
from tests.support.catalogues import mismatches, texts_of, wrong_fields

NOON = datetime(2026, 12, 27, 12, tzinfo=UTC)


def test_every_text_of_a_mail_is_translated_and_no_translation_is_unused() -> None:
    assert mismatches(MAILS.package, texts_of(MAILS.package) | set(sentences())) == []


def test_a_translation_has_the_same_fields_as_its_source() -> None:
    assert wrong_fields(MAILS.package) == []


@pytest.mark.parametrize(
    ("tags", "locale", "course"),
    [
        (("de",), "de", "Kurs"),
        (("de-CH",), "de_CH", "Kurs"),
        (("de_CH",), "de_CH", "Kurs"),
        (("de-XX",), "de", "Kurs"),
        (("en-GB-x-ukhe",), "en_GB", "Course"),
        (("fr", "de"), "de", "Kurs"),
        (("fr",), "en", "Course"),
        (("da-x-k12", None), "en", "Course"),
        (("nonsense; Bcc: x", ""), "en", "Course"),
        ((None,), "en", "Course"),
    ],
)
def test_the_locale_falls_back_to_its_language_then_to_the_default_then_to_english(
    tags: tuple[str | None, ...], locale: str, course: str
) -> None:
    texts = MAILS.texts_for(*tags)
    assert (texts.locale, texts.gettext("Course")) == (Locale.parse(locale), course)


@pytest.mark.parametrize(
    ("locale", "zone", "shown"),
    [
        ("de-CH", "Europe/Zurich", "Sonntag, 27. Dezember 2026, 13:00 MEZ"),
        ("de", "Berlin", "Sonntag, 27. Dezember 2026, 13:00 MEZ"),
        ("en", "Mountain Time (US & Canada)", "Sunday, December 27, 2026, 5:00\u202fAM MST"),
        ("en", "Hawaii", "Sunday, December 27, 2026, 2:00\u202fAM HST"),
        ("de", None, "Sonntag, 27. Dezember 2026, 12:00 UTC"),
        ("de", "Atlantis", "Sonntag, 27. Dezember 2026, 12:00 UTC"),
        ("de", "../../etc/passwd", "Sonntag, 27. Dezember 2026, 12:00 UTC"),
        ("de", "Europe", "Sonntag, 27. Dezember 2026, 12:00 UTC"),
        ("de", "a\0b" * 300, "Sonntag, 27. Dezember 2026, 12:00 UTC"),
    ],
)
def test_a_time_is_in_the_zone_of_the_reader_and_names_it(locale: str, zone: str | None, shown: str) -> None:
    assert MAILS.texts_for(locale).moment(NOON, zone_of(zone)) == shown


def test_a_time_in_summer_is_in_summer_time() -> None:
    shown = MAILS.texts_for("de").moment(datetime(2026, 7, 1, 12, tzinfo=UTC), zone_of("Bern"))
    assert shown == "Mittwoch, 1. Juli 2026, 14:00 MESZ"


@pytest.mark.parametrize(
    ("count", "shown"), [(0, "0 Byte"), (999, "999 Byte"), (1000, "1 kB"), (18_204_331, "18,2 MB"), (7 * 10**9, "7 GB")]
)
def test_a_size_has_a_unit_that_people_read(count: int, shown: str) -> None:
    assert MAILS.texts_for("de").size(count).replace("\u00a0", " ") == shown


def test_the_direction_is_that_of_the_language() -> None:
    assert (MAILS.texts_for("de").direction, MAILS.texts_for("de-CH").language) == ("ltr", "de-CH")


def test_the_catalogues_are_packed_with_the_program() -> None:
    packed = (ROOT / "pyproject.toml").read_text()
    assert '"services.notifier.mail" = ["templates/*", "locales/*.po"]' in packed
    assert [Path(str(each)).name for each in files("services.notifier.mail").joinpath("locales").iterdir()] == ["de.po"]
