"""The table of question types in shared/formats/README.md says what becomes of each of them in each form."""

from __future__ import annotations

import re
from typing import Any

import pytest

from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats.qti.types.table import TYPES
from tests.support.pages import FORMATS, section
from tests.unit.formats.quizzes.test_odd_questions import FORMS, course, documents

QUIZZES = section(FORMATS, "## Quizzes: the QTI export")
COLUMNS = dict(zip(("canvas", "generic", "2.1", "cartridge"), range(1, 5), strict=True))
WORKED = {"answer": 3, "variables": [{"name": "x", "value": 1}]}
# What a question needs to be more than a name, by its type; a choice will do for all others.
SPECIMENS: dict[str, list[dict[str, Any]]] = {
    "calculated_question": [WORKED],
    "matching_question": [{"left": "a", "right": "b"}],
    "numerical_question": [{"numerical_answer_type": "exact_answer", "exact": 1}],
    "categorization_question": [{"id": "c", "text": "c", "match_ids": ["m"]}],
    "ordering_question": [{"id": "a", "text": "a", "order": 1}, {"id": "b", "text": "b", "order": 2}],
    "hot_spot_question": [{"id": "a", "shape": "rectangle", "coordinates": "0,0,1,1"}],
}
CHOICE = [{"id": 1, "text": "a", "weight": 100, "blank_id": "b"}]


def rows() -> dict[str, list[str]]:
    """The cells of each row of the table, by the name of the type."""
    lines = [line for line in QUIZZES.splitlines() if line.startswith("| `")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {name: found for found in cells for name in re.findall(r"`(\w+_question)`", found[0])}


def outcome(question_type: str, form: str) -> str:
    """What becomes of a question, in the words of the table."""
    question = {"question_type": question_type, "question_text": "<p>?</p>", "question_name": "It"}
    question["answers"] = SPECIMENS.get(question_type, CHOICE)
    if question_type == "categorization_question":
        question["matches"] = [{"match_id": "m", "text": "m"}]
    packing, there = course([question], {}, form)
    found = documents(packing)
    if form == "cartridge":
        reduced = next(root for path, root in found.items() if path.endswith("assessment_qti.xml"))
        return "yes" if reduced.find(".//{*}item[@title='It']") is not None else "no"
    if packing.report.packed[Kind.QUIZ_QUESTIONS] < there[Kind.QUIZ_QUESTIONS]:
        return "left out"
    if question_type == "missing_word_question":
        return "as `multiple_dropdowns_question`"
    changed = [w.message for w in packing.report.warnings if w.code == "question_type_changed"]
    return f"as `{changed[0].rpartition('packed as ')[2].removesuffix('.')}`" if changed else "whole"


def test_every_type_has_its_row() -> None:
    assert rows().keys() == {*TYPES, "missing_word_question"}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("question_type", [*TYPES, "missing_word_question"])
def test_the_table_says_what_happens(question_type: str, form: str) -> None:
    assert rows()[question_type][COLUMNS[form]] == outcome(question_type, form)


def test_it_names_everything_that_a_load_reports_of_questions() -> None:
    warnings = {code for code in WarningCode if code.startswith("qti")}
    assert len(warnings) > 20
    assert {code for code in warnings if f"`{code}`" not in QUIZZES} == set()
