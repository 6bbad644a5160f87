"""A quiz of a package as a person reads it: the questions and their answers, without the keys. QTI 1.2, 2.x and 3."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from shared.formats.html.tokenizer import shown_text
from shared.formats.xml import Element, local
from shared.formats.xml_reading.parse import parse

_ITEMS = frozenset({"item", "assessmentItem", "qti-assessment-item"})
_ANSWERS = frozenset({"response_label", "simpleChoice", "qti-simple-choice", "inlineChoice", "qti-inline-choice"})
_PROMPTS = frozenset({"presentation", "itemBody", "qti-item-body"})
_ROOTS = frozenset({"questestinterop", *_ITEMS})


@dataclass(frozen=True, slots=True)
class QuestionText:
    """A question: its title, its text and the answers to choose from, in the order of the document."""

    title: str
    text: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QuizText:
    """A quiz, a bank, or a single question."""

    title: str
    questions: tuple[QuestionText, ...]


def read_quiz(document: bytes) -> QuizText | None:
    """The quiz of a QTI document; None for any other XML."""
    root = parse(document).root
    if root is None or local(root) not in _ROOTS:
        return None
    items = [each for each in _elements(root) if local(each) in _ITEMS]
    titled = next((each for each in _elements(root) if each.get("title")), root)
    return QuizText(titled.get("title") or "", tuple(map(_question, items)))


def _question(item: Element) -> QuestionText:
    body = next((each for each in _elements(item) if local(each) in _PROMPTS), None)
    if body is None:
        return QuestionText(item.get("title") or "", "", ())
    answers = [each for each in _elements(body) if local(each) in _ANSWERS]
    texts = tuple(plain(_text(each)) for each in answers)
    return QuestionText(item.get("title") or "", plain(_text(body, without=_ANSWERS)), texts)


def _text(element: Element, without: frozenset[str] = frozenset()) -> str:
    """The text below an element, without that of elements of these names; a piece is followed by a blank."""
    pieces = [element.text or ""]
    for child in element:
        if isinstance(child.tag, str) and local(child) not in without:
            pieces.append(_text(child, without))
        pieces.append(child.tail or "")
    return " ".join(pieces)


def plain(text: str) -> str:
    """Text without markup, in one line; markup may be escaped, as in QTI 1.2."""
    return " ".join(shown_text(text, between=" ").split())


def _elements(root: Element) -> Iterator[Element]:
    return (each for each in root.iter() if isinstance(each.tag, str))
