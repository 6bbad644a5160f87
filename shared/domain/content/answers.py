"""The parts of a question: answers, matches, variables, formulas, in the shape of the Canvas REST API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import msgspec

from shared.domain.content.content_object import ContentPart, Number, RewriteHtml
from shared.domain.errors import InvalidContent

Identity = int | str  # a number in Canvas; a text in New Quizzes and other tools

# Names of fields in the documentation of the REST API -> names in its responses. Both are accepted.
DOCUMENTED_NAMES = {
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


class QuestionPart(ContentPart):
    """One part of a question; unknown fields are kept in `extra` and written back."""

    extra: dict[str, Any] = msgspec.field(default_factory=dict)

    TEXTS: ClassVar[tuple[str, ...]] = ()  # text fields; a number in one is read as text
    LISTS: ClassVar[Mapping[str, type[QuestionPart]]] = {}

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """Read one part of a REST question; empty fields count as missing. Raises InvalidContent."""
        if not isinstance(data, Mapping):
            raise InvalidContent(f"{cls.__name__}: expected an object, got {type(data).__name__}")
        fields = {DOCUMENTED_NAMES.get(str(name), str(name)): value for name, value in data.items()}
        known = {k: v for k, v in fields.items() if k in cls.__struct_fields__ and k != "extra" and v not in ("", None)}
        for name in cls.TEXTS:
            if isinstance(known.get(name), (int, float)):
                known[name] = str(known[name])
        nested = {name: each.list_from(known.pop(name, None), name) for name, each in cls.LISTS.items()}
        try:
            part = msgspec.convert(known, cls, strict=False)
        except (msgspec.ValidationError, UnicodeEncodeError) as error:  # the second for lone surrogates
            raise InvalidContent(f"{cls.__name__}: {error}") from error
        part.extra = {k: v for k, v in fields.items() if k not in cls.__struct_fields__}
        return msgspec.structs.replace(part, **nested)

    @classmethod
    def list_from(cls, data: Any, name: str) -> list[Self]:
        """Read the list of parts in the field `name`; null counts as empty. Raises InvalidContent for other values."""
        if data is None:
            return []
        if not isinstance(data, (list, tuple)):
            raise InvalidContent(f"{name} must be a list, not {type(data).__name__}")
        return [cls._entry(entry, f"{name}[{number}]") for number, entry in enumerate(data)]

    @classmethod
    def _entry(cls, data: Any, place: str) -> Self:
        try:
            return cls.from_json(data)
        except InvalidContent as error:
            raise InvalidContent(f"{error}, in {place}") from error

    def to_json(self) -> dict[str, Any]:
        """The part as JSON data, with its unknown fields."""
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
    """One answer of a question, whose type decides which of the fields it has.

    `weight` is 0 (wrong) to 100 (right). A numerical answer is `exact` with `margin`, `start` to `end`, or
    `approximate` to `precision` significant digits. The answer of a formula has the `variables` of its calculation.
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
    points: Number | None = None  # of a choice, if choices have different points
    match_ids: list[Identity] = msgspec.field(default_factory=list)  # the matches that belong to a category
    order: int | None = None  # position in the right order, from 1
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
        """Whether the answer is right: its weight, cut to an integer as in Canvas, is above zero."""
        return self.weight is not None and self.weight >= 1

    @property
    def commented(self) -> bool:
        """Whether the answer has a comment for students who choose it."""
        return bool(self.comments or self.comments_html)

    def map_html(self, rewrite: RewriteHtml) -> Answer:
        """A copy in which every HTML field has passed through `rewrite`."""
        changes = {
            name: rewrite(value, f"answers.{name}")
            for name in ("html", "left_html", "comments_html")
            if (value := getattr(self, name))
        }
        return msgspec.structs.replace(self, **changes) if changes else self


class Match(QuestionPart):
    """A right side of a matching question, or a distractor; in New Quizzes also an entry to sort into categories."""

    match_id: Identity | None = None
    text: str | None = None
    html: str | None = None  # only of entries to sort into categories

    TEXTS: ClassVar[tuple[str, ...]] = ("text", "html")

    def map_html(self, rewrite: RewriteHtml) -> Match:
        """A copy in which the HTML has passed through `rewrite`."""
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
        """Read a step; a plain string or number is the formula itself."""
        return super().from_json({"formula": data} if isinstance(data, (str, int, float)) else data)
