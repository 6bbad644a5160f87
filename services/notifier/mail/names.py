"""Names of courses, files and people, made safe for a line of text and for a header."""

from __future__ import annotations

import unicodedata

LONGEST = 120  # characters of a name; the rest is cut off

_ISOLATE, _POP = "\u2068", "\u2069"
_BREAKS = {"Cc", "Zl", "Zp"}  # line ends, tabs and other controls
_RIGHT_TO_LEFT = {"R", "AL"}
_DIRECTION_CONTROLS = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def one_line(name: str, longest: int = LONGEST) -> str:
    """The name in one line without control characters, cut at `longest` characters.

    Controls of the writing direction are left out, since one that is not closed would turn the text after it around.
    A name with right-to-left letters is isolated (Unicode Bidirectional Algorithm, FSI and PDI) from the text beside it.
    """
    visible = "".join(" " if unicodedata.category(each) in _BREAKS else each for each in name if _is_text(each))
    words = " ".join(visible.split())
    if len(words) > longest:
        words = f"{words[: longest - 1].rstrip()}…"
    if any(unicodedata.bidirectional(each) in _RIGHT_TO_LEFT for each in words):
        return f"{_ISOLATE}{words}{_POP}"
    return words


def _is_text(character: str) -> bool:
    """False for controls of direction, and for halves of surrogate pairs, which no encoding can carry."""
    return character not in _DIRECTION_CONTROLS and unicodedata.category(character) != "Cs"
