"""Whether every text of an item of another tool is in the question that was read: the guard for what no reader knows."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator
from itertools import chain

from shared.domain.content.content_object import Content
from shared.formats import xml
from shared.formats.xml import Element

_TEXTS = ("mattext", "matemtext", "mat_formattedtext")
# Feedback has a warning of its own; an altmaterial says the same for readers that cannot show the material.
_LEFT_OUT = ("itemfeedback", "altmaterial")
_TAG = re.compile(r"<[^>]*>")
_NOT_A_WORD = re.compile(r"[\W_]+")
_SHOWN = 60


def texts_of(item: Element) -> list[str]:
    """The texts of the item as they stand in it, those of feedback aside."""
    return list(_texts(item))


def _texts(parent: Element) -> Iterator[str]:
    for child in parent:
        name = xml.local(child)
        if name in _TEXTS:
            yield xml.inner_text(child)
        elif name not in _LEFT_OUT:
            yield from _texts(child)


def lost_texts(texts: Iterable[str], question: Content) -> list[str]:
    """The starts of the texts that are nowhere in the question, whatever became of their tags and spaces."""
    stated = [text for text in texts if _words(text)]
    if not stated:
        return []
    # A text may have been put together from several, so that all the words of a question are one line.
    present = _words(" ".join(_strings(question.to_json())))
    return [_start(text) for text in stated if _words(text) not in present]


def _words(text: str) -> str:
    """The letters and digits of a text, without tags and references."""
    return _NOT_A_WORD.sub("", html.unescape(_TAG.sub(" ", html.unescape(text))))


def _strings(value: object) -> Iterator[str]:
    """The texts and numbers in a JSON value."""
    match value:
        case dict():
            yield from chain.from_iterable(map(_strings, value.values()))
        case list():
            yield from chain.from_iterable(map(_strings, value))
        case str():
            yield value
        case bool() | None:
            return
        case _:
            yield json.dumps(value)


def _start(text: str) -> str:
    plain = " ".join(html.unescape(_TAG.sub(" ", text)).split())
    return plain if len(plain) <= _SHOWN else f"{plain[:_SHOWN]}…"
