"""Sentences of the API, which are English, for readers of other languages: by code, or by the sentence itself."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup, escape

from shared.domain.advice import UNKNOWN_ADVICE
from shared.domain.error_codes import ErrorCode
from shared.domain.language.texts import SOURCE, Texts
from shared.domain.warning_codes import WarningCode

_WITHOUT_CODE = (
    "user not authorized to perform that action",
    "The specified resource does not exist.",
    "Invalid access token.",
    "Insufficient scopes on access token.",
    "An error occurred.",
)
_ERRORS = {str(code): code.sentence for code in ErrorCode}


def api_sentence(texts: Texts, message: str | None, code: str | None = None) -> Markup:
    """HTML of what the API has written, perhaps under the code of an error.

    It is translated as a whole where the catalogue has it; else the sentence of the code comes before the English one.
    """
    general = _ERRORS.get(code or "", "")
    original = message or general
    whole = texts.gettext(original) if original else ""
    if whole != original:
        return escape(whole)
    translation = texts.gettext(general) if general else ""
    if translation == general:
        return english(texts, original)
    return Markup("{} {}").format(translation, english(texts, original))


def english(texts: Texts, text: str) -> Markup:
    """HTML of a text that is English whatever the language of the page is."""
    if not text or texts.locale.language == SOURCE.language:
        return escape(text)
    return Markup('<bdi lang="en">{}</bdi>').format(text)


def translated_sentences() -> Iterator[str]:
    """Those that the catalogue has beside the texts of the console: of all codes, and without a code."""
    yield from (code.sentence for code in ErrorCode)
    yield from (code.what_to_do for code in WarningCode)
    yield UNKNOWN_ADVICE.what_to_do
    yield from _WITHOUT_CODE
