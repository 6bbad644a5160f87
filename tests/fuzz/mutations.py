"""Changes of an input that respect its form: an XML or JSON document stays one, and members keep their paths."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from contextlib import suppress

from lxml import etree

from tests.support import mutation

Mutate = Callable[[bytes, int], bytes]

_HEAD = re.compile(rb"\A(?!=== )[^\n<{\[]{1,200}\n(?=\s*[<{\[])")
_MEMBER = re.compile(rb"(^=== .*\n)", re.MULTILINE)


def well_formed(data: bytes, longest: int, seed: int, any_bytes: Mutate) -> bytes:
    """The input with a fault in one of its documents, or every second time wherever the fuzzer likes it."""
    chance = random.Random(seed)
    parts = _MEMBER.split(data)
    if len(parts) > 1:  # nothing, then a path and a body for each member
        place = chance.randrange(2, len(parts), 2)
        parts[place] = _changed(parts[place], longest, chance, any_bytes) + b"\n"
        return b"".join(parts)[:longest]
    head = _HEAD.match(data)
    start = head.end() if head else 0
    return (data[:start] + _changed(data[start:], longest, chance, any_bytes))[:longest]


def _changed(document: bytes, longest: int, chance: random.Random, any_bytes: Mutate) -> bytes:
    if document.lstrip()[:1] in (b"<", b"{", b"[") and chance.random() < 0.5:
        with suppress(ValueError, RecursionError, etree.LxmlError):  # a document that cannot be written any more
            return mutation._document(document, chance)
    return any_bytes(document, longest)
