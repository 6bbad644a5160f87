"""The parts of a question: answers, matches, variables, formulas, as Canvas's REST API gives them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import msgspec

from shared.domain.content.content_object import Number, Part, RewriteHtml
from shared.domain.errors import InvalidContent

Identity = int | str  # Canvas numbers answers; New Quizzes and other tools name them

# What the documentation of the REST API calls a field, where its answers call it otherwise.
_DOCUMENTED_NAMES = {
    "answer_text": "text",
    "answer_html": "html",
    "answer_weight": "weight",
    "answer_comments": "comments",
    "answer_comment_html": "comments_html",
    "answer_match_left": "left",
    "answer_match_left_html": "left_html",
    "answer_match_right": "right",
    "answer_exact": "exact",
    "answer_error_margin": "margin",
    "answer_approximate": "approximate",
    "answer_precision": "precision",
    "answer_range_start": "start",
    "answer_range_end": "end",
}


class QuestionPart(Part):
    """One part of a question; fields that are not known are kept in `extra` and written back."""

    extra: dict[str, Any] = msgspec.field(default_factory=dict)

    TEXTS: ClassVar[tuple[str, ...]] = ()  # fields whose numbers are read as text
    LISTS: ClassVar[Mapping[str, type[QuestionPart]]] = {}

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """Read one part of a REST question. Raises InvalidContent naming what does not fit."""
        if not isinstance(data, Mapping):
            raise InvalidContent(f"{cls.__name__}: expected an object, got {type(data).__name__}")
        named = {_DOCUMENTED_NAMES.get(str(name), str(name)): value for name, value in data.items()}
        known = {k: v for k, v in named.items() if k in cls.__struct_fields__ and k != "extra" and v not in ("", None)}
        for name in cls.TEXTS:
            if isinstance(known.get(name), (int, float)):
                known[name] = str(known[name])
        nested = {name: part.list_from(known.pop(name, None), name) for name, part in cls.LISTS.items()}
        try:
            made = msgspec.convert(known, cls, strict=False)
        except (msgspec.ValidationError, UnicodeEncodeError) as error:  # the second for halves of characters
            raise InvalidContent(f"{cls.__name__}: {error}") from error
        made.extra = {k: v for k, v in named.items() if k not in cls.__struct_fields__}
        return msgspec.structs.replace(made, **nested)

    @classmethod
    def list_from(cls, data: Any, name: str) -> list[Self]:
        """Read the list of parts in the field `name`; null is an empty one. Raises InvalidContent for anything else."""
        if data is None:
            return []
        if not isinstance(data, (list, tuple)):
            raise InvalidContent(f"{name} must be a list, not {type(data).__name__}")
        return [cls.from_json(entry) for entry in data]

    def to_json(self) -> dict[str, Any]:
        """The part as JSON data, unknown fields included."""
        known: dict[str, Any] = msgspec.to_builtins(self)
        known.pop("extra", None)
        for name in self.LISTS:
            if name in known:
                known[name] = [entry.to_json() for entry in getattr(self, name)]
        return {**self.extra, **known}


class VariableValue(QuestionPart):
    """The value of one variable in one worked answer of a formula question, formatted to its scale."""

    name: str = ""
    value: Number | str | None = None

    TEXTS: ClassVar[tuple[str, ...]] = ("name",)


class Answer(QuestionPart):
    """One answer of a question. Which fields it has depends on the type of the question.

    weight is 0 (wrong) to 100 (right). A numerical answer is `exact` with `margin`, `start` to `end`, or
    `approximate` to `precision` significant digits. A formula's answer has the `variables` it was worked out with.
    """

    id: Identity | None = None
    text: str | None = None
    html: str | None = None
    comments: str | None = None
    comments_html: str | None = None
    weight: Number | None = None
    blank_id: str | None = None
    left: str | None = None
    left_html: str | None = None
    right: str | None = None
    match_id: Identity | None = None
    numerical_answer_type: str | None = None
    exact: Number | None = None
    margin: Number | None = None
    start: Number | None = None
    end: Number | None = None
    approximate: Number | None = None
    precision: int | None = None
    variables: list[VariableValue] = msgspec.field(default_factory=list)
    answer: Number | str | None = None
    # Only in New Quizzes:
    points: Number | None = None  # what a choice earns, where choices earn different points
    match_ids: list[Identity] = msgspec.field(default_factory=list)  # what belongs into a category
    order: int | None = None  # the place in the right order, from 1
    shape: str | None = None  # of a hot spot: rectangle, ellipse, bounded
    coordinates: str | None = None  # x,y pairs from 0 to 1
    answer_type: str | None = None  # of a blank: openEntry, dropdown, wordbank
    scoring_algorithm: str | None = None  # TextContainsAnswer, TextCloseEnough, TextEquivalence, TextInChoices, ...
    levenshtein_distance: int | None = None
    ignore_case: bool | None = None
    allow_reuse: bool | None = None
    margin_type: str | None = None  # percent, absolute; the margin of a classic answer is absolute
    precision_type: str | None = None  # significantDigits, decimals; a classic answer has significant digits

    TEXTS: ClassVar[tuple[str, ...]] = (
        "text",
        "html",
        "comments",
        "comments_html",
        "blank_id",
        "left",
        "right",
        "coordinates",
    )
    LISTS: ClassVar[Mapping[str, type[QuestionPart]]] = {"variables": VariableValue}

    @property
    def correct(self) -> bool:
        """Whether the answer counts: a weight whose whole part is above zero, as Canvas reads it."""
        return self.weight is not None and self.weight >= 1

    @property
    def commented(self) -> bool:
        """Whether a student who gives this answer is told something."""
        return bool(self.comments or self.comments_html)

    def map_html(self, rewrite: RewriteHtml) -> Answer:
        """The same answer with its HTML rewritten."""
        changes = {
            name: rewrite(value, f"answers.{name}")
            for name in ("html", "left_html", "comments_html")
            if (value := getattr(self, name))
        }
        return msgspec.structs.replace(self, **changes) if changes else self


class Match(QuestionPart):
    """A right side of a matching question, distractors included; in New Quizzes what is put into categories too."""

    match_id: Identity | None = None
    text: str | None = None
    html: str | None = None  # only of what is put into categories

    TEXTS: ClassVar[tuple[str, ...]] = ("text", "html")

    def map_html(self, rewrite: RewriteHtml) -> Match:
        """The same match with its HTML rewritten."""
        return msgspec.structs.replace(self, html=rewrite(self.html, "matches.html")) if self.html else self


class Variable(QuestionPart):
    """A variable of a formula question; `scale` is its number of decimal places."""

    name: str = ""
    min: Number | None = None
    max: Number | None = None
    scale: int | None = None

    TEXTS: ClassVar[tuple[str, ...]] = ("name",)


class Formula(QuestionPart):
    """One step of a formula question."""

    formula: str = ""

    TEXTS: ClassVar[tuple[str, ...]] = ("formula",)

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """Read a step; a bare string is the formula itself."""
        return super().from_json({"formula": data} if isinstance(data, (str, int, float)) else data)
