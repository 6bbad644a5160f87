"""A rubric as a table of HTML: a row for each criterion, a cell for each rating."""

from __future__ import annotations

from html import escape

from shared.domain.content.assignments import Assignment
from shared.domain.content.content_object import Number
from shared.domain.content.grading import Criterion, Rating, Rubric
from shared.domain.kinds import Kind
from shared.formats.packing import Packing


def rubric_table(packing: Packing, assignment: Assignment) -> str:
    """The rubric of an assignment, with its title as the caption; "" without one."""
    settings = assignment.rubric_settings
    rubric: Rubric | None = None
    if settings is not None and settings.id is not None:
        rubric = packing.course.get(Kind.RUBRICS, settings.id)
    if rubric is None or not rubric.data:
        return ""
    rows = "\n".join(_row(criterion) for criterion in rubric.data)
    return f'<table border="1">\n<caption>{escape(rubric.title or "")}</caption>\n<tbody>\n{rows}\n</tbody>\n</table>'


def _row(criterion: Criterion) -> str:
    head = _cell("th", criterion.description, criterion.long_description, criterion.points)
    return f"<tr>{head}{''.join(_rating(rating) for rating in criterion.ratings or ())}</tr>"


def _rating(rating: Rating) -> str:
    return _cell("td", rating.description, rating.long_description, rating.points)


def _cell(tag: str, text: str | None, more: str | None, points: Number | None) -> str:
    # The long description of a criterion is HTML in Canvas; its words alone are sure to fit into a table.
    worth = "" if points is None else f"({points:g})"
    lines = [escape(part) for part in (text, worth, more) if part]
    return f"<{tag}>{'<br>'.join(lines)}</{tag}>"
