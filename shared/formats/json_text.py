"""JSON as the text of an XML element, as Canvas writes it: compact, with the characters of markup escaped."""

from __future__ import annotations

import json
import math
from typing import Any

# Canvas (Rails) escapes what ends a script element, or a line of JavaScript; readers of JSON undo it.
_ESCAPES = str.maketrans({"<": r"\u003c", ">": r"\u003e", "&": r"\u0026", "\u2028": r"\u2028", "\u2029": r"\u2029"})


def dump(value: Any) -> str:
    """Compact JSON in the given order of keys. Raises ValueError for a number that JSON cannot say (infinity)."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.translate(_ESCAPES)


def load(text: str) -> Any:
    """The value of a JSON text.

    Raises ValueError for any other text, and for what a jsonb column cannot hold: very deep nesting, infinite numbers, and
    halves of surrogate pairs.
    """
    try:
        value = json.loads(text, parse_constant=_refused, parse_float=_finite)
        # Only an escape can bring half of a surrogate pair, so that most texts need no second pass.
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError as error:
        raise ValueError("JSON nested too deeply") from error
    return value


def _refused(word: str) -> float:
    raise ValueError(f"{word} is no number of JSON")


def _finite(text: str) -> float:
    return float(text) if math.isfinite(float(text)) else _refused(text)
