"""A package of QTI 2.1: what lies where, what refers to what, which warnings there are, and that it is read back whole."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from shared.domain.content.quizzes import BankQuestion, QuestionBank, Quiz, QuizGroup, QuizQuestion
from shared.domain.kinds import Kind
from shared.formats.packing import Packing
from shared.formats.quizzes import package
from tests.support.packed_folder import packed
from tests.support.qti21_grammar import faults
from tests.support.qti_builders import a_packing, a_question
from tests.support.roundtrip import Loaded, export, load
from tests.support.shared import CORPORA, REPOSITORY, SHARED, needs_shared
from tests.unit.formats.quizzes.test_package import a_course

SCHEMA = SHARED / "schemas" / "qti" / "qtiv2p1" / "imsqti_v2p1.xsd"
CHOICES = [{"id": 1, "text": "a", "weight": 0}, {"id": 2, "text": "b", "weight": 100}]


def in_qti21(packing: Packing, *, include_banks: bool = False) -> Packing:
    return replace(packing, request=replace(packing.request, version="2.1", include_banks=include_banks))


def members(packing: Packing, *, include_banks: bool = False) -> dict[str, Any]:
    return {entry.path: entry.body for entry in package.entries(in_qti21(packing, include_banks=include_banks))}


def a_quiz_with(*questions: QuizQuestion, **more: list[Any]) -> Packing:
    objects: dict[Kind, list[Any]] = {Kind.QUIZZES: [Quiz(id=5, title="Optics")], Kind.QUIZ_QUESTIONS: [*questions]}
    return a_packing(objects | {Kind(name): found for name, found in more.items()})


def resources_of(found: dict[str, Any]) -> dict[str, etree._Element]:
    return {r.get("href"): r for r in etree.fromstring(found["imsmanifest.xml"]).iter("{*}resource")}


def dependencies(resource: etree._Element) -> set[str | None]:
    return {d.get("identifierref") for d in resource.iter("{*}dependency")}


def test_each_test_and_item_has_a_file_and_a_resource_that_names_what_it_needs() -> None:
    found = members(a_course({"quizzes": [5]}))
    resources = resources_of(found)
    kinds = {href.partition("/")[0]: resource.get("type") for href, resource in resources.items()}
    assert kinds == {"tests": "imsqti_test_xmlv2p1", "items": "imsqti_item_xmlv2p1", "web_resources": "webcontent"}
    test, item, file = (
        next(r for href, r in resources.items() if href.startswith(f"{folder}/"))
        for folder in ("tests", "items", "web_resources")
    )
    assert item.get("identifier") in dependencies(test)
    assert dependencies(item) == {file.get("identifier")}
    ref = etree.fromstring(found[test.get("href")]).find(".//{*}assessmentItemRef")
    assert ref.get("href") == f"../{item.get('href')}"
    picture = etree.fromstring(found[item.get("href")]).find(".//{*}img")
    assert picture.get("src") == "../web_resources/first.png"


def test_the_manifest_says_which_packaging_it_is() -> None:
    root = etree.fromstring(members(a_course())["imsmanifest.xml"])
    assert etree.QName(root).namespace == "http://www.imsglobal.org/xsd/imscp_v1p1"
    assert root.findtext("{*}metadata/{*}schema") == "QTIv2.1 Package"


def test_a_quiz_is_a_test_with_its_settings_and_states_those_that_it_has_no_place_for() -> None:
    quiz = Quiz(
        id=5, title=" ", description="Look <b>up</b>", time_limit=90, allowed_attempts=-1, cant_go_back=True,
        one_question_at_a_time=True, shuffle_answers=True, show_correct_answers=False, access_code="x",
    )  # fmt: skip
    packing = a_packing({Kind.QUIZZES: [quiz], Kind.QUIZ_QUESTIONS: [a_question("multiple_choice_question", CHOICES)]})
    found = members(packing)
    test = next(etree.fromstring(body) for path, body in found.items() if path.startswith("tests/"))
    assert test.get("title") == "Quiz"
    assert test.find("{*}timeLimits").get("maxTime") == "5400"
    assert test.find("{*}testPart").get("navigationMode") == "linear"
    assert dict(test.find(".//{*}itemSessionControl").attrib) == {"maxAttempts": "0", "showSolution": "false"}
    assert "".join(test.find(".//{*}rubricBlock").itertext()).strip() == "Look up"
    item = next(etree.fromstring(body) for path, body in found.items() if path.startswith("items/"))
    assert item.find(".//{*}choiceInteraction").get("shuffle") == "true"
    assert [(w.code, w.place) for w in packing.report.warnings] == [("settings_not_expressed", "access_code")]


def test_a_time_limit_of_zero_is_not_written() -> None:
    objects = {
        Kind.QUIZZES: [Quiz(id=5, title="Optics", time_limit=0)],
        Kind.QUIZ_QUESTIONS: [a_question("multiple_choice_question", CHOICES)],
    }
    found = members(a_packing(objects))
    test = next(etree.fromstring(body) for path, body in found.items() if path.startswith("tests/"))
    assert test.find("{*}timeLimits") is None


def item_in(found: dict[str, Any]) -> etree._Element:
    return next(etree.fromstring(body) for path, body in found.items() if path.startswith("items/"))


@pytest.mark.parametrize("type_", ["short_answer_question", "fill_in_multiple_blanks_question"])
def test_a_blank_text_is_no_answer(type_: str) -> None:
    texts = ("", "Straße", None, "Strasse")
    answers = [{"id": n, "text": text, "weight": 100, "blank_id": "x"} for n, text in enumerate(texts)]
    item = item_in(members(a_quiz_with(a_question(type_, answers, question_text="[x]"))))
    assert [entry.get("mapKey") for entry in item.iter("{*}mapEntry")] == ["Straße"]
    assert all(value.text for value in item.iter("{*}value", "{*}baseValue"))


NO_BOUNDS = {"id": 1, "numerical_answer_type": "range_answer"}


@pytest.mark.parametrize(
    ("type_", "answers"),
    [
        ("multiple_choice_question", []),
        ("multiple_answers_question", []),
        ("ordering_question", []),
        ("ordering_question", [{"id": 1, "text": "a"}]),
        ("numerical_question", [NO_BOUNDS]),
        ("short_answer_question", []),
    ],
)
def test_a_question_that_lacks_its_choices_leaves_a_valid_package(type_: str, answers: list[dict[str, Any]]) -> None:
    packing = a_quiz_with(a_question(type_, answers), a_question("essay_question", id=8))
    found = members(packing)
    documents = [etree.fromstring(body) for path, body in found.items() if path.startswith("items/")]
    assert [fault for document in documents for fault in faults(document)] == []
    skipped = [str(warning.code) for warning in packing.report.warnings]
    assert (len(documents), skipped) in [(2, []), (1, ["question_not_expressed"])]
    assert documents[0].find(".//{*}isNotNull") is None


def test_further_fields_of_an_item_are_reported() -> None:
    question = a_question("multiple_choice_question", CHOICES, item_metadata={"difficulty": "hard"})
    packing = a_packing({Kind.QUIZZES: [Quiz(id=5, title="Optics")], Kind.QUIZ_QUESTIONS: [question]})
    members(packing)
    warnings = [(w.code, w.kind, w.message) for w in packing.report.warnings]
    assert warnings == [("settings_not_expressed", "quiz_questions", "The format has no place for: difficulty.")]


def a_drawing_quiz(**group: Any) -> Packing:
    drawn = [
        BankQuestion.from_json({"id": n, "question_bank_id": 2, "question_type": "essay_question"}) for n in (21, 22)
    ]
    return a_quiz_with(
        a_question("essay_question"),
        quiz_groups=[QuizGroup(id=3, quiz_id=5, **group)],
        question_banks=[QuestionBank(id=2, title="Light")],
        bank_questions=drawn,
    )


def test_a_group_is_a_section_that_draws_from_the_questions_of_its_bank() -> None:
    packing = a_drawing_quiz(name="Two", pick_count=5, question_points=2.0, assessment_question_bank_id=2)
    found = members(packing)
    test = next(etree.fromstring(body) for path, body in found.items() if path.startswith("tests/"))
    section = test.find(".//{*}assessmentSection/{*}assessmentSection")
    assert (section.get("title"), section.find("{*}selection").get("select")) == ("Two", "2")
    hrefs = [ref.get("href").removeprefix("../") for ref in section.iter("{*}assessmentItemRef")]
    most = [etree.fromstring(found[href]).findtext("{*}outcomeDeclaration[2]//{*}value") for href in hrefs]
    assert most == ["2.0", "2.0"]
    assert packing.report.warnings == []


@pytest.mark.parametrize("bank", [None, 99])
def test_a_group_without_questions_is_left_out_with_a_warning(bank: int | None) -> None:
    packing = a_drawing_quiz(name="Drawn", pick_count=2, assessment_question_bank_id=bank)
    documents = [etree.fromstring(body) for path, body in members(packing).items() if path.startswith("tests/")]
    assert all(len(section.findall("{*}assessmentItemRef")) for section in documents[0].iter("{*}assessmentSection"))
    assert [(w.code, w.title) for w in packing.report.warnings] == [("group_empty", "Drawn")]


def test_a_bank_is_a_section_that_stands_alone() -> None:
    packing = a_drawing_quiz(assessment_question_bank_id=2, pick_count=1)
    found = members(packing, include_banks=True)
    (path,) = [path for path in found if path.startswith("banks/")]
    section = etree.fromstring(found[path])
    assert (etree.QName(section).localname, section.get("title")) == ("assessmentSection", "Light")
    assert len(section.findall("{*}assessmentItemRef")) == 2
    assert resources_of(found)[path].get("type") == "imsqti_section_xmlv2p1"
    assert packing.report.packed["question_banks"] == 1


UNSAYABLE = [
    a_question("hot_spot_question", [{"id": 1, "shape": "rectangle", "coordinates": "0,0,1,1"}]),
    a_question("calculated_question", formulas=["x"]),
    a_question("numerical_question", [{"id": 1, "exact": float("inf"), "weight": 100}]),
]


@pytest.mark.parametrize("question", UNSAYABLE, ids=lambda question: question.question_type)
def test_a_question_that_cannot_be_expressed_is_reported_and_the_rest_of_the_quiz_is_intact(
    question: QuizQuestion,
) -> None:
    packing = a_quiz_with(question, a_question("essay_question", id=8), a_question("text_only_question", id=9))
    found = members(packing)
    assert sum(path.startswith("items/") for path in found) == 2
    assert [w.item_id for w in packing.report.warnings] == [7]
    assert packing.report.packed["quiz_questions"] == 2
    assert packing.report.failed["quiz_questions"] + packing.report.skipped["quiz_questions"] == 1


def test_a_quiz_without_a_question_that_can_be_expressed_is_left_out_with_a_warning() -> None:
    packing = a_quiz_with(UNSAYABLE[0])
    assert list(members(packing)) == ["imsmanifest.xml"]
    assert packing.report.skipped == {"quiz_questions": 1, "quizzes": 1}
    assert [w.code for w in packing.report.warnings] == ["question_not_expressed", "quiz_empty"]


def test_a_key_of_another_tool_that_begins_with_a_digit_is_made_an_identifier() -> None:
    packing = a_quiz_with(a_question("essay_question", migration_id="1a b/../c"))
    found = members(packing)
    assert all(".." not in path and " " not in path for path in found)
    for path, body in found.items():
        assert path == "imsmanifest.xml" or faults(etree.fromstring(body)) == []


def test_html_that_has_no_place_is_reported_with_its_question() -> None:
    packing = a_quiz_with(a_question("essay_question", question_text='<p style="color:red">x</p><script>y</script>'))
    members(packing)
    (warnings,) = packing.report.warnings
    assert (warnings.code, warnings.item_id) == ("html_reduced", 7)
    assert warnings.message.endswith("<script>, style.")


COURSES = ["sample", "new_quizzes", "qti2_foreign", *(sorted(CORPORA.glob("*/*")) if CORPORA.is_dir() else [])]


def the_course(name: str | Path, folder: Path) -> Loaded:
    if isinstance(name, Path):
        return load(name)
    return load(REPOSITORY / "deploy/sample" if name == "sample" else packed(name, folder / "course.zip"))


def documents_of(path: Path) -> dict[str, etree._Element]:
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.split("/")[0] in ("tests", "items", "banks")]
        return {name: etree.fromstring(archive.read(name)) for name in names}


@pytest.mark.parametrize("name", COURSES, ids=lambda name: name if isinstance(name, str) else name.name)
def test_every_document_keeps_to_the_grammar_and_names_what_is_there(name: str | Path, tmp_path: Path) -> None:
    if isinstance(name, Path) and name.name == "whatthebackslash.zip":
        pytest.skip("no package")
    out = tmp_path / "out.zip"
    report = export(the_course(name, tmp_path), out, "2.1", None, "qti", include_banks=True)
    documents = documents_of(out)
    assert {path: warnings for path, document in documents.items() if (warnings := faults(document))} == {}
    for path, document in documents.items():
        for ref in document.iter("{*}assessmentItemRef"):
            assert ref.get("href").removeprefix("../") in documents, path
    items = sum(path.startswith("items/") for path in documents)
    assert items >= report.packed["quiz_questions"] + report.packed["bank_questions"]


@pytest.mark.skipif(not SCHEMA.is_file(), reason="the schemas of QTI 2.1 are not in the shared folder")
@pytest.mark.parametrize("name", COURSES[:3])
def test_the_official_schema_agrees(name: str, tmp_path: Path) -> None:
    out = tmp_path / "out.zip"
    export(the_course(name, tmp_path), out, "2.1", None, "qti", include_banks=True)
    checked = etree.XMLSchema(etree.parse(str(SCHEMA)))
    for path, document in documents_of(out).items():
        assert checked.validate(document), f"{path}: {checked.error_log}"


SURVEYS = {"sample": {"Pace", "Where do you live?"}}  # nothing is right in a survey, which QTI 2.1 does not know


@pytest.mark.parametrize("name", COURSES[:3])
def test_what_is_read_back_from_it_gives_the_same_documents(name: str, tmp_path: Path) -> None:
    first, second = tmp_path / "1.zip", tmp_path / "2.zip"
    export(the_course(name, tmp_path), first, "2.1", None, "qti", include_banks=True)
    again = load(first)
    warnings = [w.message for w in again.importing.warnings if w.code.startswith("qti")]
    assert all(any(title in message for title in SURVEYS.get(name, ())) for message in warnings), warnings
    export(again, second, "2.1", None, "qti", include_banks=True)
    one, two = ({path: etree.tostring(d) for path, d in documents_of(zip_).items()} for zip_ in (first, second))
    assert one == two


def test_items_that_a_package_named_alike_have_files_of_their_own() -> None:
    packing = a_quiz_with(
        a_question("essay_question"),
        question_banks=[QuestionBank(id=2, title="Light")],
        bank_questions=[BankQuestion(id=21, question_bank_id=2, question_type="essay_question")],
    )
    packing.keys.imported.update({(Kind.QUIZ_QUESTIONS, 7, ""): "q1", (Kind.BANK_QUESTIONS, 21, ""): "q1"})
    found = members(packing, include_banks=True)
    assert [path for path in found if path.startswith("items/")] == ["items/q1.xml", "items/q1_2.xml"]
    (bank,) = [etree.fromstring(body) for path, body in found.items() if path.startswith("banks/")]
    assert bank.find("{*}assessmentItemRef").get("href") == "../items/q1_2.xml"


def test_the_copies_of_bank_questions_in_groups_are_counted_in_the_bank_alone() -> None:
    packing = a_quiz_with(
        a_question("essay_question"),
        quiz_groups=[QuizGroup(id=3, quiz_id=5, name="Two", pick_count=1, assessment_question_bank_id=2)],
        question_banks=[QuestionBank(id=2, title="Light")],
        bank_questions=[
            BankQuestion(id=21, question_bank_id=2, question_type="essay_question"),
            BankQuestion(id=22, question_bank_id=2, question_type="hot_spot_question"),
        ],
    )
    found = members(packing, include_banks=True)
    assert sum(path.startswith("items/") for path in found) == 3
    counts = [c["bank_questions"] for c in (packing.report.expected, packing.report.packed, packing.report.skipped)]
    assert counts == [2, 1, 1]
    left_out = [w.item_id for w in packing.report.warnings if w.code == "question_not_expressed"]
    assert left_out == [22, 22]


@needs_shared
def test_the_corpora_are_among_the_courses() -> None:
    assert len(COURSES) > 30
