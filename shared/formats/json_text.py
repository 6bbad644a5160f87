"""JSON that stands as text inside XML, as Canvas writes it: compact, with the characters of markup escaped."""

from __future__ import annotations

import json
import math
from typing import Any

# Canvas escapes what HTML or JavaScript could trip over; JSON readers undo it.
_ESCAPES = str.maketrans({"<": r"\u003c", ">": r"\u003e", "&": r"\u0026", "\u2028": r"\u2028", "\u2029": r"\u2029"})


def dump(value: Any) -> str:
    """Compact JSON in the given order of keys. Raises ValueError for a number that JSON cannot say (infinity)."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.translate(_ESCAPES)


def load(text: str) -> Any:
    """The value of a JSON text. Raises ValueError for anything else, and for what a database cannot hold.

    That is nesting beyond any use, numbers without end, and halves of characters.
    """
    try:
        value = json.loads(text, parse_constant=_refused, parse_float=_finite)
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError as error:
        raise ValueError("JSON nested too deeply") from error
    return value


def _refused(word: str) -> float:
    raise ValueError(f"{word} is no number of JSON")


def _finite(text: str) -> float:
    return float(text) if math.isfinite(float(text)) else _refused(text)
