"""No question, however odd, makes a package ill-formed or ends an export."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from shared.domain.content.quizzes import QuizQuestion
from shared.domain.errors import InvalidContent
from shared.domain.kinds import Kind
from shared.formats.qti import assessment
from shared.formats.qti.contents import contents
from shared.formats.qti.types import TYPES
from tests.support.qti_builders import a_packing, a_question, item_of, read_back
from tests.unit.formats.qti.test_assessment import a_quiz

scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12))
values = st.recursive(scalars, lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text(max_size=5), v, max_size=3))
ANSWER_FIELDS = [
    "id",
    "text",
    "html",
    "comments",
    "comments_html",
    "weight",
    "blank_id",
    "left",
    "left_html",
    "right",
    "match_id",
    "numerical_answer_type",
    "exact",
    "margin",
    "start",
    "end",
    "approximate",
    "precision",
    "variables",
    "answer",
    "answer_text",
    "surprise",
    "extra",
]
QUESTION_FIELDS = [
    "question_name",
    "question_text",
    "points_possible",
    "correct_comments",
    "correct_comments_html",
    "neutral_comments",
    "matches",
    "variables",
    "formulas",
    "answer_tolerance",
    "formula_decimal_places",
    "text_after_answers",
    "position",
    "quiz_group_id",
    "surprise",
    "extra",
]
types = st.sampled_from([*TYPES, "missing_word_question", "hot_spot_question", ""]) | st.text(max_size=8)


def plausible(name: str) -> st.SearchStrategy[Any]:
    """Mostly what the field holds, at times anything."""
    if name in ("id", "match_id", "precision", "position", "quiz_group_id"):
        return st.integers(-5, 10**7) | scalars
    if name in ("exact", "margin", "start", "end", "approximate", "weight", "points_possible", "answer"):
        return st.floats() | st.integers() | scalars
    if name in ("variables", "matches", "formulas"):
        entry = st.fixed_dictionaries(
            {}, optional=dict.fromkeys(("name", "value", "match_id", "text", "formula"), scalars)
        )
        return st.lists(entry, max_size=3) | values
    return st.text(max_size=20) | values


answers = st.fixed_dictionaries({}, optional={name: plausible(name) for name in ANSWER_FIELDS})
questions = st.fixed_dictionaries(
    {"question_type": types, "answers": st.lists(answers, max_size=4) | values},
    optional={name: plausible(name) for name in QUESTION_FIELDS},
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(questions, min_size=1, max_size=3))
def test_any_json_is_refused_skipped_or_written_well_formed(data: list[dict[str, Any]]) -> None:
    taken = [a_question("essay_question")]
    for number, fields in enumerate(data, 100):
        try:
            question = QuizQuestion.from_json({**fields, "id": number, "quiz_id": 5})
        except InvalidContent:
            continue
        assert QuizQuestion.from_json(question.to_json()).to_json() == question.to_json() or _has_nan(
            question.to_json()
        )
        taken.append(question)
    packing = a_packing({Kind.QUIZZES: [a_quiz()], Kind.QUIZ_QUESTIONS: taken})
    found = contents(a_quiz(), packing, with_cc=True)
    for document in (assessment.full_document, assessment.cc_document):
        root = etree.fromstring(document(a_quiz(), found, packing))
        assert root.find(".//{*}item[@ident='g215538cda3b3bca04709153bfa5878e4']") is not None or (
            document is assessment.cc_document
        )
    report = packing.report
    assert report.expected[Kind.QUIZ_QUESTIONS] == len(taken)
    assert report.packed[Kind.QUIZ_QUESTIONS] + report.failed[Kind.QUIZ_QUESTIONS] == len(taken)


def _has_nan(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_nan(v) for v in value.values())
    if isinstance(value, list):
        return any(_has_nan(v) for v in value)
    return isinstance(value, float) and value != value  # noqa: PLR0124


texts = st.text(min_size=1, max_size=30)
visible = texts.filter(lambda t: bool(t.strip()) and "\r" not in t)
choices = st.lists(
    st.fixed_dictionaries({"text": visible, "weight": st.sampled_from([0, 100])}, optional={"comments": visible}),
    min_size=1,
    max_size=5,
)


@given(choices=choices, name=visible, text=visible, html=visible)
def test_what_a_teacher_wrote_comes_back(choices: list[dict[str, Any]], name: str, text: str, html: str) -> None:
    given_answers = [{"id": n, **choice} for n, choice in enumerate(choices, 1)]
    question = a_question(
        "multiple_answers_question", given_answers, question_name=name, question_text=text, neutral_comments_html=html
    )
    back, warnings = read_back(item_of(question))
    assert (back.question_text or "") == _legal(text)
    assert (back.neutral_comments_html or "") == _legal(html)
    wanted = [(a.id, _legal(a.text or ""), a.weight, _legal(a.comments or "") or None) for a in question.answers]
    assert [(a.id, a.text or "", a.weight, a.comments) for a in back.answers] == wanted
    assert warnings == []


def _legal(text: str) -> str:
    """What XML 1.0 can hold of a text. Source: its production of Char."""
    kept = (c for c in text if c in "\t\n" or 0x20 <= ord(c) <= 0xD7FF or 0xE000 <= ord(c) <= 0xFFFD or ord(c) > 0xFFFF)
    return "".join(kept)
