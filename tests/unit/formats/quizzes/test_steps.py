"""What is read and written takes as many steps as there is of it: lines that run are counted, no time is measured."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from lxml import etree

from shared.domain.content.quizzes import QuizGroup
from shared.domain.kinds import Kind
from shared.domain.packages.package_options import Target
from shared.formats.imscp.resource import Resource, Resources
from shared.formats.quizzes import package
from shared.formats.quizzes import read as qti
from tests.support.formats import a_source
from tests.support.formats import an_importing as importing_from
from tests.support.qti_builders import a_packing, a_question, read_back
from tests.unit.formats.qti.test_assessment import a_quiz

OURS = str(Path(package.__file__).parents[1])
SIZES = (10, 20, 40)
NO_MORE = 2.05  # twice as many for twice as much; what grows by the square gives four times as many


def steps(run: Callable[[], object]) -> int:
    """How many lines of the formats run."""
    counted = Counter[str]()

    def trace(frame: FrameType, event: str, _value: Any) -> Any:
        if not frame.f_code.co_filename.startswith(OURS):
            return None
        counted[event] += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        run()
    finally:
        sys.settrace(before)
    return counted["line"]


def assert_in_step(run: Callable[[int], Callable[[], object]]) -> None:
    """Each half as much again costs what the half before it did."""
    few, some, many = (steps(run(size)) for size in SIZES)
    assert many - some > SIZES[0], "nothing ran"
    assert (many - some) / (some - few) < NO_MORE, f"{few}, {some}, {many} lines for {SIZES}"


CHOICE = (
    "<response_lid ident='R'><render_choice><response_label ident='a'><material><mattext>A</mattext></material>"
    "</response_label></render_choice></response_lid>"
)


def an_item(ident: str = "", inside: str = CHOICE, more: str = "") -> str:
    return (
        f"<item ident='{ident}'><presentation><material><mattext>?</mattext></material>{inside}</presentation>"
        f"{more}</item>"
    )


def right(respident: str, value: str, shows: str = "", score: str = "<setvar>100</setvar>") -> str:
    feedback = f"<displayfeedback linkrefid='{shows}'/>" if shows else ""
    return (
        f"<respcondition><conditionvar><varequal respident='{respident}'>{value}</varequal></conditionvar>{score}"
        f"{feedback}</respcondition>"
    )


def feedback(ident: str) -> str:
    return f"<itemfeedback ident='{ident}'><material><mattext>Well</mattext></material></itemfeedback>"


def quiz_of(inside: str) -> dict[str, str]:
    return {
        "q.xml": f"<questestinterop><assessment ident='A'><section>{inside}</section></assessment></questestinterop>"
    }


def asked_by_reference(number: int) -> dict[str, str]:
    bank = "".join(an_item(f"b{n}") for n in range(number))
    asked = "".join(f"<itemref linkrefid='b{n}'/>" for n in range(number))
    return {
        **quiz_of(asked),
        "bank.xml": f"<questestinterop><objectbank ident='B'>{bank}</objectbank></questestinterop>",
    }


def short_answers(number: int) -> dict[str, str]:
    scoring = "".join(right("R", f"text {n}") for n in range(number))
    warnings = "".join(right("R", f"text {n}", f"x{n}_fb", "") for n in range(number))
    shown = "".join(feedback(f"x{n}_fb") for n in range(number))
    response = "<response_str ident='R'><render_fib/></response_str>"
    return quiz_of(an_item("Q", response, f"<resprocessing>{scoring}{warnings}</resprocessing>{shown}"))


def choices_with_feedback_of_any_name(number: int) -> dict[str, str]:
    labels = "".join(f"<response_label ident='{n}'/>" for n in range(number))
    warnings = "".join(right("R", str(n), f"shown{n}", "") for n in range(number))
    shown = "".join(feedback(f"shown{n}") for n in range(number))
    response = f"<response_lid ident='R'><render_choice>{labels}</render_choice></response_lid>"
    return quiz_of(an_item("Q", response, f"<resprocessing>{warnings}</resprocessing>{shown}"))


def blanks_without_ids(number: int) -> dict[str, str]:
    responses = "".join(f"<response_str ident='b{n}'><render_fib/></response_str>" for n in range(number))
    scoring = "".join(right(f"b{n}", f"text {n}") for n in range(number))
    return quiz_of(an_item("Q", responses, f"<resprocessing>{scoring}</resprocessing>"))


def numbers_without_ids(number: int) -> dict[str, str]:
    scoring = "".join(right("R", str(n)) for n in range(number))
    response = "<response_num ident='R'><render_fib fibtype='Decimal'/></response_num>"
    return quiz_of(an_item("Q", response, f"<resprocessing>{scoring}</resprocessing>"))


SHAPES: dict[str, Callable[[int], dict[str, str]]] = {
    "questions of one ident": lambda n: quiz_of(an_item("same") * n),
    "questions without an ident": lambda n: quiz_of(an_item() * n),
    "groups of one ident": lambda n: quiz_of(
        f"<section ident='G'><selection_ordering><selection/></selection_ordering>{an_item('same')}</section>" * n
    ),
    "questions asked by reference": asked_by_reference,
    "accepted texts with comments": short_answers,
    "choices with comments of any name": choices_with_feedback_of_any_name,
    "blanks without ids": blanks_without_ids,
    "numbers without ids": numbers_without_ids,
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_package_with_twice_as_much_of_anything_is_read_in_twice_the_steps(shape: str) -> None:
    def reading(number: int) -> Callable[[], object]:
        members = SHAPES[shape](number)
        resources = [Resource(name, "imsqti_xmlv1p2", files=(name,)) for name in members]
        source, importing = a_source(members, resources), importing_from()
        return lambda: qti.read(source, importing)

    assert_in_step(reading)


ANSWERS = {"id": None, "text": "A", "weight": 100, "comments": "Well"}
NUMBERED: dict[str, Callable[[int], dict[Kind, list[Any]]]] = {
    "questions": lambda n: {Kind.QUIZ_QUESTIONS: [a_question("short_answer_question", id=i) for i in range(n)]},
    "groups": lambda n: {
        Kind.QUIZ_GROUPS: [QuizGroup(id=i, quiz_id=5, pick_count=1, question_points=1) for i in range(n)],
        Kind.QUIZ_QUESTIONS: [
            a_question("true_false_question", [ANSWERS], id=i, quiz_group_id=i, position=i) for i in range(n)
        ],
    },
    "answers": lambda n: {Kind.QUIZ_QUESTIONS: [a_question("multiple_answers_question", [ANSWERS] * n)]},
    "pairs, each with a match of its own": lambda n: {
        Kind.QUIZ_QUESTIONS: [
            a_question("matching_question", [{"left": f"l{i}", "right": f"r{i % 3}"} for i in range(n)])
        ]
    },
}


@pytest.mark.parametrize("form", ["canvas", "generic", "2.1"])
@pytest.mark.parametrize("shape", NUMBERED)
def test_a_quiz_with_twice_as_much_of_anything_is_written_in_twice_the_steps(shape: str, form: str) -> None:
    def writing(number: int) -> Callable[[], object]:
        packing = a_packing({Kind.QUIZZES: [a_quiz()], **NUMBERED[shape](number)})
        version = "2.1" if form == "2.1" else "1.2"
        target = Target.GENERIC if form == "generic" else Target.CANVAS
        request = replace(packing.request, version=version, target=target)
        return lambda: list(package.entries(replace(packing, request=request)))

    assert_in_step(writing)


def test_identifiers_that_a_package_repeats_become_unique_in_a_step_each() -> None:
    def adding(number: int) -> Callable[[], object]:
        same = [Resource("same", "webcontent", files=(f"{place}.txt",)) for place in range(number)]
        resources = Resources()
        return lambda: [resources.add(resource) for resource in same]

    assert_in_step(adding)


def test_more_answers_than_canvas_has_numbers_for_all_get_one() -> None:
    texts = "".join(right("R", f"text {n}") for n in range(12_000))
    response = "<response_str ident='R'><render_fib/></response_str>"
    item = etree.fromstring(an_item("Q", response, f"<resprocessing>{texts}</resprocessing>"))
    question, warnings = read_back(item)
    assert len({answer.id for answer in question.answers}) == 12_000
    assert warnings == []
