"""Generic quiz packages keep to the letter of QTI 1.2 and of its metadata: no extension, a condition for each text."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from shared.domain.content.quizzes import QuestionBank, QuizQuestion
from shared.domain.packages.package_options import Target
from tests.support.qti12_grammar import faults
from tests.support.qti_builders import COMMENTS, PAIRS, a_question
from tests.support.qti_response import process
from tests.support.roundtrip import export, load
from tests.support.shared import REPOSITORY, SHARED, needs_shared, package
from tests.unit.formats.qti.test_generic_package import (
    ALL,
    BLANKS,
    LISTS,
    a_quiz_with,
    document,
    entries_of,
    item_of,
    members,
)
from tests.unit.formats.qti21.test_package import COURSES, the_course


@pytest.mark.parametrize(
    ("question", "values"),
    [
        (a_question("short_answer_question", BLANKS), ["red", "crimson", "sea", "sky"]),
        (a_question("fill_in_multiple_blanks_question", BLANKS), ["red", "crimson", "sea", "sky"]),
        (a_question("multiple_dropdowns_question", [{**a, "weight": 100} for a in LISTS]), ["21", "22", "23"]),
    ],
    ids=lambda value: getattr(value, "question_type", ""),
)
def test_each_accepted_value_has_a_condition_of_its_own(question: QuizQuestion, values: list[str]) -> None:
    conditions = item_of(question).findall(".//{*}conditionvar")
    assert [[value.text for value in condition.iter("{*}varequal")] for condition in conditions] == [
        [v] for v in values
    ]


@pytest.mark.parametrize("comments", [{}, {"comments": "so"}], ids=["bare", "commented"])
def test_a_text_in_two_spellings_earns_its_share_once(comments: dict[str, str]) -> None:
    again = {"id": 15, "text": "RED", "weight": 100, "blank_id": "r", **comments}
    item = item_of(a_question("fill_in_multiple_blanks_question", [*BLANKS, again]))
    assert str(process(item, {"response_r": ["Red"]}).score) == "33.33"
    assert ("15" in (entries_of(item)["original_answer_ids"] or "")) is bool(comments)
    short = item_of(a_question("short_answer_question", [{"id": 11, "text": "red"}, {"id": 16, "text": "Red"}]))
    assert entries_of(short)["original_answer_ids"] == "11"


def test_texts_that_differ_in_more_than_case_are_both_accepted() -> None:
    answers = [
        {"id": n, "text": text, "weight": 100, "blank_id": "r"}
        for n, text in enumerate(("Straße", "STRASSE", "straße", "strasse"))
    ]
    for type_ in ("short_answer_question", "fill_in_multiple_blanks_question"):
        assert values_of(item_of(a_question(type_, answers))) == ["Straße", "STRASSE"]


def values_of(item: etree._Element) -> list[str | None]:
    return [value.text for value in item.iter("{*}varequal")]


BLANK = [{"id": n, "text": text, "weight": 100, "comments": "so"} for n, text in enumerate(("", None, " ", "red"))]


def test_a_blank_text_is_no_answer() -> None:
    packing = a_quiz_with(a_question("short_answer_question", BLANK))
    item = document(packing).find(".//{*}item")
    assert set(values_of(item)) == {"red"}
    assert [w.code for w in packing.report.warnings] == ["feedback_not_shown"]
    assert values_of(item_of(a_question("short_answer_question", BLANK[:3]))) == []


def test_a_blank_whose_texts_are_all_blank_stays_and_earns_nothing() -> None:
    lost = [{**a, "blank_id": "x"} for a in BLANK[:3]]
    item = item_of(a_question("fill_in_multiple_blanks_question", [*lost, {**BLANK[3], "blank_id": "y"}]))
    assert [response.get("ident") for response in item.iter("{*}response_str")] == ["response_x", "response_y"]
    assert set(values_of(item)) == {"red"}
    assert str(process(item, {"response_y": ["red"], "response_x": [""]}).score) == "50.00"


def test_a_left_side_without_a_right_side_earns_nothing() -> None:
    pairs = {**PAIRS, "answers": [PAIRS["answers"][1], {"id": 23, "left": "Atlantis", "comments": "sunk"}]}
    packing = a_quiz_with(a_question("matching_question", **pairs, **COMMENTS))
    item = document(packing).find(".//{*}item")
    assert values_of(item) == ["32"]
    assert all(len(negated) for negated in item.iter("{*}not"))
    assert str(process(item, {"response_22": ["32"], "response_23": [""]}).score) == "50.00"
    assert {w.code for w in packing.report.warnings} == {"feedback_not_shown"}


def test_labels_at_the_ends_of_an_order_are_reported() -> None:
    packing = a_quiz_with(a_question("ordering_question", ALL[-1].to_json()["answers"], new_quiz={"top_label": "low"}))
    response = document(packing).find(".//{*}response_lid")
    assert [etree.QName(child).localname for child in response] == ["render_choice"]
    assert [w.code for w in packing.report.warnings] == ["settings_not_expressed"]


def test_a_bank_without_questions_is_left_out_with_a_warning() -> None:
    packing = a_quiz_with(a_question("essay_question"), question_banks=[QuestionBank(id=2, title="Light")])
    packing = replace(packing, request=replace(packing.request, include_banks=True))
    members(packing)
    assert packing.report.skipped == {"question_banks": 1}
    assert [w.code for w in packing.report.warnings] == ["quiz_empty"]


def documents_of(path: Path) -> dict[str, etree._Element]:
    with zipfile.ZipFile(path) as archive:
        return {name: etree.fromstring(archive.read(name)) for name in archive.namelist() if name.endswith(".xml")}


@pytest.mark.parametrize("name", COURSES, ids=lambda name: name if isinstance(name, str) else name.name)
def test_every_document_keeps_to_the_letter_of_qti(name: str | Path, tmp_path: Path) -> None:
    if isinstance(name, Path) and name.name == "whatthebackslash.zip":
        pytest.skip("no package")
    out = tmp_path / "out.zip"
    export(the_course(name, tmp_path), out, "1.2", None, "qti", target=Target.GENERIC, include_banks=True)
    documents = documents_of(out)
    documents.pop("imsmanifest.xml")
    assert {path: found for path, document in documents.items() if (found := faults(document))} == {}


@needs_shared
def test_the_official_schema_of_metadata_accepts_the_manifest(tmp_path: Path) -> None:
    """The schema of IMS Metadata 1.2.1, from a package of the corpora; its namespace is that of 1.2.2 here."""
    with zipfile.ZipFile(package("test_quiz.zip")) as archive:
        # lxml calls the places for extensions ambiguous; nothing of ours stands there.
        old = archive.read("imsmd_rootv1p2p1.xsd").replace(b'<xsd:group ref="grp.any"/>', b"")
    (tmp_path / "ims_xml.xsd").write_bytes((SHARED / "schemas" / "ccv1p1" / "xml.xsd").read_bytes())
    folder, namespace = tmp_path, b"http://www.imsglobal.org/xsd/imsmd_v1p2"
    (folder / "md.xsd").write_bytes(old.replace(b"http://www.imsglobal.org/xsd/imsmd_rootv1p2p1", namespace))
    export(load(REPOSITORY / "deploy/sample"), folder / "out.zip", "1.2", None, "qti", target=Target.GENERIC)
    lom = documents_of(folder / "out.zip")["imsmanifest.xml"].find("{*}metadata/{*}lom")
    etree.XMLSchema(etree.parse(str(folder / "md.xsd"))).assertValid(etree.ElementTree(lom))


@pytest.mark.parametrize("answers", [[], [{"id": 1, "text": "a", "weight": 0}]])
@pytest.mark.parametrize("type_", ["ordering_question", "multiple_answers_question", "multiple_choice_question"])
def test_a_question_without_a_right_answer_has_no_condition_that_compares_nothing(
    type_: str, answers: list[dict[str, object]]
) -> None:
    assert faults(document(a_quiz_with(a_question(type_, answers)))) == []
