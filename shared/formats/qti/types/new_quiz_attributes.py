"""Values of the attributes that New Quizzes adds to elements of QTI 1.2."""

from __future__ import annotations

from shared.domain.content.new_quiz_items import NewQuizItem
from shared.formats import xml


def unless_empty(settings: NewQuizItem) -> NewQuizItem | None:
    """The settings; None where no attribute states any, as for an item of a classic quiz."""
    return None if settings == NewQuizItem() else settings


def whole_number(text: str | None) -> int | None:
    """A whole number; None for a missing attribute and for any other text."""
    number = xml.number_of(text or "")
    return None if number is None else int(number)


def yes_or_no(flag: bool | None) -> str | None:
    """The words of QTI 1.2 for a flag; None for no flag."""
    return None if flag is None else "Yes" if flag else "No"
