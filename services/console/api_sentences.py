"""Sentences of the API, which are English, for readers of other languages: by code, or by the sentence itself."""

from __future__ import annotations

from markupsafe import Markup, escape

from shared.domain.error_codes import ErrorCode
from shared.domain.language.code_sentences import code_sentence
from shared.domain.language.texts import SOURCE, Texts

WITHOUT_CODE = (
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
    whole = _translated(texts, original)
    if whole != original:
        return escape(whole)
    translation = _translated(texts, general)
    if translation == general:
        return english(texts, original)
    return Markup("{} {}").format(translation, english(texts, original))


def _translated(texts: Texts, sentence: str) -> str:
    """In the language of the texts; an empty one stays, since gettext would give the head of the catalogue."""
    if not sentence:
        return ""
    return texts.gettext(sentence) if sentence in WITHOUT_CODE else code_sentence(texts, sentence)


def english(texts: Texts, text: str) -> Markup:
    """HTML of a text that is English whatever the language of the page is."""
    if not text or texts.locale.language == SOURCE.language:
        return escape(text)
    return Markup('<bdi lang="en">{}</bdi>').format(text)
