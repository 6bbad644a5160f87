"""A mail is in the reader's language where the catalogue has it, and its times are in the reader's zone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from string import Formatter

import pytest
from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from deploy.stack.checkout import ROOT
from services.notifier.mail.failures import sentences
from services.notifier.mail.language import MAILS
from shared.domain.language.time_zones import zone_of

MAIL = ROOT / "services" / "notifier" / "mail"
NOON = datetime(2026, 12, 27, 12, tzinfo=UTC)


def sources() -> Iterator[str | tuple[str, ...]]:
    """All texts that a mail can have, by the modules of the mails."""
    for path in sorted(MAIL.glob("*.py")):
        yield from (message for _, message, _, _ in extract_from_file("python", path))
    yield from sentences()


def german() -> Catalog:
    source = files("services.notifier.mail").joinpath("locales", "de.po").read_bytes()
    return read_po(BytesIO(source), locale="de")


def test_every_text_of_a_mail_is_translated_and_no_translation_is_unused() -> None:
    translated = {message.id for message in german() if message.id and all(_forms(message.string))}
    assert translated == set(sources())
    assert not [message.id for message in german() if message.fuzzy]


def test_a_translation_has_the_same_fields_as_its_source() -> None:
    for message in german():
        if message.id:
            fields = {_fields(form) for form in (*_forms(message.id), *_forms(message.string))}
            assert len(fields) == 1, message.id


def _forms(text: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def _fields(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name)


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
