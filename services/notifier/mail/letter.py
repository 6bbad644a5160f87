"""A letter: what a mail says, before it is a text part and an HTML part."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from shared.domain.language.texts import Texts


@dataclass(frozen=True, slots=True)
class LetterLink:
    """A link with its words; the first of a letter is shown as the button of it."""

    label: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """All sentences are in the reader's language. `facts` are (label, value) in their order."""

    subject: str
    heading: str
    greeting: str
    paragraphs: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    links: tuple[LetterLink, ...]
    reason: str  # why the reader gets this mail


def as_text(letter: Letter, texts: Texts) -> str:
    """The plain text part, in lines that need no folding; complete without the other part."""
    return _templates().get_template("letter.txt").render(letter=letter, texts=texts)


def as_html(letter: Letter, texts: Texts) -> str:
    """The HTML part: one document, without scripts, tables, or anything that is loaded from elsewhere."""
    return _templates().get_template("letter.html").render(letter=letter, texts=texts)


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("services.notifier.mail"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
