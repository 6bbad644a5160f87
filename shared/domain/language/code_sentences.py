"""The sentences of error and warning codes in other languages than English."""

from __future__ import annotations

from shared.domain.language.texts import Catalogues, Texts

_CATALOGUES = Catalogues("shared.domain.language")


def code_sentence(texts: Texts, sentence: str) -> str:
    """The sentence of a code, or what to do about a warning, in this language; itself where the catalogue lacks it."""
    return _CATALOGUES.texts_for(texts.language).gettext(sentence)
