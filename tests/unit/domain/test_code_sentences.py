"""The sentences of codes in the language of their reader."""

from __future__ import annotations

from shared.domain.advice import UNKNOWN_ADVICE
from shared.domain.error_codes import ErrorCode
from shared.domain.language.code_sentences import code_sentence
from shared.domain.warning_codes import WarningCode
from shared.formats.offline.language import PAGES
from tests.support.catalogues import Text, mismatches, wrong_fields

LANGUAGE = "shared.domain.language"


def test_every_sentence_of_a_code_is_translated_and_no_translation_is_unused() -> None:
    sentences: set[Text] = {UNKNOWN_ADVICE.what_to_do}
    sentences |= {code.sentence for code in ErrorCode} | {code.what_to_do for code in WarningCode}
    assert mismatches(LANGUAGE, sentences) == []
    assert wrong_fields(LANGUAGE) == []


def test_a_sentence_is_that_of_the_reader_s_language_and_an_unknown_one_stays() -> None:
    german, english = PAGES.texts_for("de-CH"), PAGES.texts_for("en-GB")
    assert code_sentence(german, ErrorCode.CANCELLED.sentence) == "Der Export wurde abgebrochen."
    assert code_sentence(english, ErrorCode.CANCELLED.sentence) == ErrorCode.CANCELLED.sentence
    assert code_sentence(german, "It is new.") == "It is new."
