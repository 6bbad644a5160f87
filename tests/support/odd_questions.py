"""Questions as JSON that no teacher wrote: every field of every type, at times with what does not belong there."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import strategies as st

from shared.domain.content.answers import Answer
from shared.domain.content.new_quiz_items import NewQuizItem
from shared.domain.content.questions import Question
from shared.formats.qti.types.table import TYPES

ODD_TEXTS = (
    "\x00\x0b]]>",
    "<div>&nbsp;</p><img src=/courses/1/files/1/preview?a&b",
    "[x] [drop1] [",
    "\ufffe\U0010ffff",
    "a\r\n\tb",
    " ",
    "1e999",
    "x" * 5000,
    "${FILEBASE}$/%%LINKPATH%%",
    '"\'><item ident="1"/>',
    "اختبار\u202e",
)
ODD_NUMBERS = (0, -0.0, 1e308, -1e308, 5e-324, float("nan"), float("inf"), 10**400, -(10**18), 2**63, 1.1)

texts = st.sampled_from(ODD_TEXTS) | st.text(max_size=12)
numbers = st.sampled_from(ODD_NUMBERS) | st.integers() | st.floats()
scalars = st.one_of(st.none(), st.booleans(), numbers, texts, st.just("\ud800"))
values = st.recursive(scalars, lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text(max_size=5), v, max_size=3))

NUMBERS = (
    "weight",
    "exact",
    "margin",
    "start",
    "end",
    "approximate",
    "answer",
    "points",
    "points_possible",
    "min",
    "max",
)
WHOLE = ("id", "match_id", "precision", "position", "order", "levenshtein_distance", "scale", "pick_count")
WORDS = {
    "numerical_answer_type": ("exact_answer", "range_answer", "precision_answer"),
    "precision_type": ("significantDigits", "decimals"),
    "margin_type": ("percent", "absolute"),
    "answer_type": ("openEntry", "dropdown", "wordbank"),
    "scoring_algorithm": ("TextContainsAnswer", "TextCloseEnough", "TextRegex", "TextInChoices"),
    "shape": ("rectangle", "ellipse", "bounded"),
    "coordinates": ("0.1,0.2,0.3,0.4", "0.1,0.2,0.3", "a,b", ",,,", "nan,inf"),
    "blank_id": ("color", "drop1", "two words"),
    "cardinality": ("Single", "Multiple", "Ordered"),
    "answer_tolerance": ("5%", "%", "1e-3"),
}
FLAGS = tuple(
    field.name
    for made in (Answer, NewQuizItem, Question)
    for field in msgspec.structs.fields(made)
    if field.type in (bool, bool | None)
)
LISTS = {
    "original_answer_ids": st.lists(st.integers(0, 9) | texts, max_size=3),
    "item_metadata": st.dictionaries(texts, texts, max_size=2),
}
TYPED = st.sampled_from([*TYPES, *TYPES, "missing_word_question", "fill_in_the_blank_question", ""]) | st.text(
    max_size=8
)


def plausible(name: str) -> st.SearchStrategy[Any]:
    """What the field mostly holds."""
    if name in NUMBERS:
        return numbers
    if name in WORDS:
        return st.sampled_from(WORDS[name])
    if name in ("variables", "formulas", "matches"):
        return parts(("name", "value", "match_id", "text", "html", "formula", "min", "max", "scale"))
    if name == "match_ids":
        return st.lists(st.integers(0, 5) | texts, max_size=4)
    if name == "new_quiz":
        return st.fixed_dictionaries({}, optional={field: likely(field) for field in NewQuizItem.__struct_fields__})
    if name in LISTS:
        return LISTS[name]
    if name in WHOLE or name.endswith(("_min", "_max", "_count")):
        return st.integers(-5, 10**7) | st.sampled_from([0, 10**9, -(10**9)])
    return st.booleans() if name in FLAGS else texts


def likely(name: str) -> st.SearchStrategy[Any]:
    """What the field holds, at times anything."""
    return mostly(plausible(name))


def mostly(usual: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """This, one time in forty anything."""
    return st.integers(0, 39).flatmap(lambda drawn: values if drawn == 7 else usual)


def parts(names: tuple[str, ...]) -> st.SearchStrategy[Any]:
    """A list of objects with some of these fields."""
    fields = st.fixed_dictionaries({}, optional={name: plausible(name) for name in names})
    return st.lists(fields, max_size=3)


ANSWER_FIELDS = (*(n for n in Answer.__struct_fields__ if n != "extra"), "answer_text", "answer_weight", "surprise")
QUESTION_FIELDS = tuple(
    name
    for name in Question.__struct_fields__
    if name not in ("id", "migration_id", "answers", "question_type", "extra", "parent_stimulus_id")
)
answers = st.fixed_dictionaries({}, optional={name: likely(name) for name in ANSWER_FIELDS})
questions = st.fixed_dictionaries(
    {"question_type": TYPED, "answers": mostly(st.lists(answers, max_size=4))},
    optional={**{name: likely(name) for name in QUESTION_FIELDS}, "extra": values, "surprise": values},
)
groups = st.fixed_dictionaries(
    {}, optional={name: likely(name) for name in ("name", "pick_count", "question_points", "position")}
)
