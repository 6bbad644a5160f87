"""Titles as parts of URLs: `Week 1: Cells & Atoms` -> `week-1-cells-and-atoms`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

# The alphabets whose marks are accents: a word without them is the same word. In all others (Thai, Devanagari, kana,
# Cyrillic, Hebrew, ...) a mark is a vowel, a voicing or part of a letter.
_ACCENTED = ("LATIN ", "GREEK ")
# Marks that choose how the letter before them is drawn, and are no part of a word.
_NO_PART_OF_WORDS = re.compile("[\u034f\ufe00-\ufe0f\U000e0100-\U000e01ef]")


def slug(title: str, limit: int = 200) -> str:
    """The title in lower case, its words joined by hyphens; "" if it has no words.

    Latin and Greek letters lose their accents; all other letters keep their marks. The result has at most `limit`
    characters.
    """
    written = title.replace("&", " and ").replace("'", "")
    words = written if written.isascii() else "".join(_plain(_NO_PART_OF_WORDS.sub("", written)))
    joined = re.sub(r"[^a-z0-9]+" if written.isascii() else r"[\s_-]+", "-", words.lower())
    return unicodedata.normalize("NFC", joined).strip("-")[:limit].rstrip("-")


def _plain(text: str) -> Iterator[str]:
    """The letters, digits and marks of a text, decomposed; a blank for what separates words."""
    keeps_marks = False
    for char in unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text)):
        category = unicodedata.category(char)
        if category in ("Cf", "Me"):  # invisible characters and frames around letters separate nothing
            continue
        if category[0] in "LN":
            keeps_marks = not _is_accented(char)
            yield char
        elif category in ("Mn", "Mc"):
            yield from char if keeps_marks else ""
        else:
            keeps_marks = False
            yield " "


@cache
def _is_accented(letter: str) -> bool:
    """Whether the marks of this letter are accents; a digit has no marks that mean anything."""
    return letter.isnumeric() or unicodedata.name(letter, "").startswith(_ACCENTED)
