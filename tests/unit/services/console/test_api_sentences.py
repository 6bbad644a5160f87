"""What the API writes in English is translated by its code; what is unknown stays, and is marked."""

from __future__ import annotations

import pytest

from services.console.api_sentences import api_sentence
from services.console.pages import CONSOLE
from shared.domain.error_codes import ErrorCode

GERMAN, ENGLISH = CONSOLE.texts_for("de-CH"), CONSOLE.texts_for("en-GB")
CANCELLED = "Der Export wurde abgebrochen."


@pytest.mark.parametrize(
    ("message", "code", "html"),
    [
        (ErrorCode.CANCELLED.sentence, "cancelled", CANCELLED),
        (None, "cancelled", CANCELLED),
        (ErrorCode.CANCELLED.sentence, None, CANCELLED),
        ("Ada ended <it>.", "cancelled", f'{CANCELLED} <bdi lang="en">Ada ended &lt;it&gt;.</bdi>'),
        ("It is <new>.", "of_tomorrow", '<bdi lang="en">It is &lt;new&gt;.</bdi>'),
        (None, None, ""),
    ],
)
def test_a_sentence_is_german_by_its_code_or_stays_english_and_is_marked(
    message: str | None, code: str | None, html: str
) -> None:
    assert str(api_sentence(GERMAN, message, code)) == html


def test_readers_of_english_read_the_sentence_as_it_is() -> None:
    assert str(api_sentence(ENGLISH, "Ada ended <it>.", "cancelled")) == "Ada ended &lt;it&gt;."
    assert str(api_sentence(ENGLISH, None, "cancelled")) == ErrorCode.CANCELLED.sentence
