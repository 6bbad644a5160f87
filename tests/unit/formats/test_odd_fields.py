"""An object is never dropped for one odd field."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.content.assignments import Assignment
from shared.domain.content.modules import Module
from shared.domain.content.questions import QuizQuestion
from shared.domain.content.registry import TYPES
from shared.domain.kinds import Kind
from shared.formats.odd_fields import read_object

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
FIELDS = [
    (kind, name)
    for kind, each in TYPES.items()
    for name in each.__struct_encode_fields__
    if name not in ("id", "page_id", "extra")
]


@settings(max_examples=600)
@given(st.sampled_from(FIELDS), JSON)
def test_one_odd_field_costs_nothing_but_itself(named: tuple[Kind, str], value: Any) -> None:
    kind, name = named
    reading = read_object(TYPES[kind], {"id": 5, name: copy.deepcopy(value), "of_tomorrow": [value]})
    assert reading.item is not None
    assert (reading.item.id, reading.item.extra["of_tomorrow"]) == (5, [value])
    assert TYPES[kind].from_json(reading.item.to_json()) == reading.item, "what is stored can be read again"
    if name in reading.item.extra:
        assert not reading.faults


def test_a_field_of_a_wrong_type_is_named_and_all_others_stay() -> None:
    answers = [{"id": 1, "answer_text": "a", "weight": 100}, {"id": 2, "answer_text": ["b"], "weight": {}}]
    data = {"id": 5, "question_text": "q", "points_possible": [3], "answers": answers, "quiz_id": 2}
    reading = read_object(QuizQuestion, data)
    question = reading.item
    assert isinstance(question, QuizQuestion)
    assert (question.question_text, question.points_possible, question.quiz_id) == ("q", None, 2)
    assert [(answer.id, answer.text, answer.weight) for answer in question.answers] == [(1, "a", 100), (2, None, None)]
    assert len(reading.faults) == 3
    assert {fault.partition("`$.")[2].partition("`")[0] for fault in reading.faults} == {
        "points_possible",
        "text",
        "weight",
    }
    assert data["answers"] is answers, "what was given is not changed"
    assert answers[1]["answer_text"] == ["b"]


@pytest.mark.parametrize(("value", "text"), [(9000, "9000"), (1.5, "1.5"), (True, "true"), (None, "")])
def test_a_number_as_a_title_is_that_title_and_null_is_an_empty_one(value: Any, text: str) -> None:
    for kind in (Kind.MODULES, Kind.ASSIGNMENTS, Kind.PAGES, Kind.QUIZZES):
        name = "name" if kind in (Kind.MODULES, Kind.ASSIGNMENTS) else "title"
        reading = read_object(TYPES[kind], {"id": 1, name: value})
        assert (getattr(reading.item, name), reading.faults) == (text, [])


def test_one_odd_entry_of_a_list_costs_that_entry() -> None:
    reading = read_object(Module, {"id": 1, "name": "M", "prerequisite_module_ids": [2, "x", 3]})
    assert isinstance(reading.item, Module)
    assert reading.item.prerequisite_module_ids == [2, 3]
    override = {"title": "O", "due_at": 5, "student_ids": "all"}
    read = read_object(Assignment, {"id": 1, "name": "A", "overrides": [override]})
    assert isinstance(read.item, Assignment)
    assert [(one.title, one.due_at, one.student_ids) for one in read.item.overrides or ()] == [("O", "5", None)]


@pytest.mark.parametrize("data", [{"name": "M"}, {"id": "x", "name": "M"}, {"id": None}, {"id": [1]}])
def test_data_without_an_id_are_no_object(data: dict[str, Any]) -> None:
    reading = read_object(Module, data)
    assert reading.item is None
    assert len(reading.faults) == 1


def test_every_part_of_a_question_names_its_place_in_an_error() -> None:
    wrong = {"id": 1, "answers": [{"id": 1}, {"id": 2, "variables": [{"name": "x", "value": [1]}]}]}
    reading = read_object(QuizQuestion, wrong)
    fault = "VariableValue: Expected `int | float | str | null`, got `array` - at `$.value`"
    assert reading.faults == [f"{fault}, in variables[0], in answers[1]"]
