"""Every text of the console is in both languages."""

from __future__ import annotations

from services.console.api_sentences import WITHOUT_CODE
from tests.support.catalogues import mismatches, texts_of, wrong_fields

CONSOLE = "services.console"


def test_every_text_is_translated_and_no_translation_is_unused() -> None:
    expected = texts_of(CONSOLE) | set(WITHOUT_CODE)
    assert len(expected) > 30
    assert mismatches(CONSOLE, expected) == []


def test_a_translation_has_the_fields_of_its_text() -> None:
    assert wrong_fields(CONSOLE) == []
