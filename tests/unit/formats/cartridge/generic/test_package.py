"""Cartridges for readers other than Canvas: what is in them, how it is linked, what Moodle and the schemas go by."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from lxml import etree

from shared.domain.content.assignments import Assignment, RubricSettings
from shared.domain.content.course import Course
from shared.domain.content.grading import Criterion, Rating, Rubric
from shared.domain.content.modules import Module, ModuleItem
from shared.domain.content.pages import Page
from shared.domain.content.questions import Question
from shared.domain.content.quizzes import BankQuestion, QuestionBank, Quiz, QuizGroup
from shared.domain.content.topics import DiscussionTopic, TopicAttachment
from shared.domain.kinds import Kind
from shared.domain.packages.package_options import Target
from shared.formats.cartridge import package
from shared.formats.cartridge.generic import package as generic_package
from shared.formats.entry import Entry
from shared.formats.packing import Packing
from tests.support.finished_package import finished
from tests.support.formats import COURSE_ID, a_packing, linked
from tests.support.package_checkers import faults
from tests.support.qti_builders import CHOICES, PAIRS, a_question
from tests.support.roundtrip import export, load
from tests.support.shared import CORPORA, REPOSITORY, needs_shared

TOKENS = re.compile(rb"\$(IMS|1EdTech|WIKI|CANVAS)|%24(IMS|WIKI|CANVAS)")
RUBRIC = Rubric(
    id=60,
    title="Essay <1>",
    data=[
        Criterion(id="c1", description="Style", points=5.0, ratings=[Rating(id="r", description="Good", points=5.0)]),
        Criterion(id="c2", description="Length", long_description="a page", points=2.5),
    ],
)


def generic(objects: dict[Kind, list[Any]], version: str = "1.1", **how: Any) -> Packing:
    packing = linked(a_packing(objects, version=version, **how))
    return replace(packing, request=replace(packing.request, target=Target.GENERIC))


def members(packing: Packing) -> dict[str, Any]:
    found = {entry.path: entry.body for entry in package.entries(packing)}
    packing.close()
    return found


def manifest_of(found: dict[str, Any]) -> etree._Element:
    return etree.fromstring(found["imsmanifest.xml"])


def items_of(found: dict[str, Any]) -> list[tuple[str, list[tuple[str, str | None]]]]:
    """(title of a module, (title, type of the resource) of each of its items)."""
    root = manifest_of(found)
    types = {one.get("identifier"): one.get("type") for one in root.iter("{*}resource")}
    return [
        (
            module.findtext("{*}title") or "",
            [(i.findtext("{*}title") or "", types.get(i.get("identifierref"))) for i in module.findall("{*}item")],
        )
        for module in root.findall("{*}organizations/{*}organization/{*}item/{*}item")
    ]


def a_quiz_with(*questions: Question, **more: list[Any]) -> Packing:
    objects: dict[Kind, list[Any]] = {Kind.QUIZZES: [Quiz(id=5, title="Optics")], Kind.QUIZ_QUESTIONS: [*questions]}
    return generic(objects | {Kind(name): all_ for name, all_ in more.items()})


def quiz_in(packing: Packing) -> etree._Element:
    return next(etree.fromstring(body) for path, body in members(packing).items() if "assessment_qti" in path)


def fields_of(item: etree._Element) -> dict[str, str | None]:
    return {field[0].text or "": field[1].text for field in item.iterfind(".//{*}qtimetadatafield")}


def test_it_has_no_document_of_canvas() -> None:
    assert not any("settings" in path or "non_cc" in path for path in members(generic({Kind.PAGES: [Page(id=1)]})))


def test_what_stands_in_no_module_has_an_item_behind_the_modules() -> None:
    found = members(
        generic(
            {
                Kind.PAGES: [Page(id=1, title="In", url="in"), Page(id=2, title="Out", url="out")],
                Kind.DISCUSSION_TOPICS: [DiscussionTopic(id=3, title="Talk")],
                Kind.MODULES: [Module(id=8, name="Week 1")],
                Kind.MODULE_ITEMS: [ModuleItem(id=9, module_id=8, type="Page", content_id=1, title="In")],
            },
            course=Course(id=COURSE_ID, name="Biology", syllabus_body="<p>Plan</p>"),
        )
    )
    assert items_of(found) == [
        ("Week 1", [("In", "webcontent")]),
        ("Biology", [("Syllabus", "webcontent"), ("Out", "webcontent"), ("Talk", "imsdt_xmlv1p1")]),
    ]


LINKS = {
    "/courses/7/pages/light": "../wiki_content/light.html",
    "/courses/7/assignments/4#a": "../assignments/{a4}.html#a",
    "/courses/7/assignments/6": "../{q5}/assessment_qti.xml",
    "/courses/7/quizzes/5": "../{q5}/assessment_qti.xml",
    "/courses/7/discussion_topics/3": "../topics/{t3}.xml",
    "/courses/7/modules/items/9": "../wiki_content/light.html",
    "/courses/7/modules/items/10": "../wiki_content/light.html",
    "/courses/7/grades": "https://canvas.example.edu/courses/7/grades",
    "/courses/7/assignments/99": "https://canvas.example.edu/courses/7/assignments/99",
    "$WIKI_REFERENCE$/pages/nowhere": "https://canvas.example.edu/courses/7/pages/nowhere",
    "https://elsewhere.example/courses/7/quizzes/5": "https://elsewhere.example/courses/7/quizzes/5",
}


@pytest.mark.parametrize(("written", "expected"), LINKS.items())
def test_links_lead_to_members_relative_to_the_document(written: str, expected: str) -> None:
    text = f'<a href="{written}">x</a>'
    packing = generic(
        {
            Kind.PAGES: [Page(id=1, title="Light", url="light", body=text)],
            Kind.ASSIGNMENTS: [
                Assignment(id=4, name="Essay", description=text),
                Assignment(id=6, name="Optics", submission_types=["online_quiz"], quiz_id=5),
            ],
            Kind.DISCUSSION_TOPICS: [DiscussionTopic(id=3, title="Talk", message=text)],
            Kind.QUIZZES: [Quiz(id=5, title="Optics", description=text, assignment_id=6)],
            Kind.QUIZ_QUESTIONS: [a_question("essay_question", question_text=text)],
            Kind.MODULES: [Module(id=8, name="Week 1")],
            Kind.MODULE_ITEMS: [
                ModuleItem(id=9, module_id=8, type="Page", content_id=1, title="In"),
                ModuleItem(id=10, module_id=8, type="Page", page_url="light", title="By its url"),
            ],
        }
    )
    keys = {"a4": (Kind.ASSIGNMENTS, 4), "q5": (Kind.QUIZZES, 5), "t3": (Kind.DISCUSSION_TOPICS, 3)}
    names = {name: packing.key(*target) for name, target in keys.items()}
    href = f'href="{expected.format(**names)}"'
    found = members(packing)
    documents = [body.decode() for path, body in found.items() if path != "imsmanifest.xml"]
    counted = sum(document.count(href) + document.count(href.replace('"', "&quot;")) for document in documents)
    assert counted == 5, documents
    assert not any(TOKENS.search(body) for body in found.values())


@pytest.mark.parametrize(
    ("questions", "group"),
    [
        ([a_question("matching_question", **PAIRS)], None),
        ([a_question("short_answer_question", [{"id": 1, "text": " "}])], None),
        ([a_question("essay_question", quiz_group_id=3)], QuizGroup(id=3, quiz_id=5, pick_count=0)),
        ([], QuizGroup(id=3, quiz_id=5, assessment_question_bank_id=2)),
    ],
    ids=["type", "blank", "draws none", "empty bank"],
)
@pytest.mark.parametrize("target", ["quizzes/5", "assignments/6", "modules/items/9"])
def test_a_link_to_a_quiz_that_is_left_out_leads_to_its_address(
    questions: list[Question], group: QuizGroup | None, target: str
) -> None:
    objects: dict[Kind, list[Any]] = {
        Kind.PAGES: [Page(id=1, title="Light", url="light", body=f'<a href="/courses/7/{target}">x</a>')],
        Kind.ASSIGNMENTS: [Assignment(id=6, name="Optics", submission_types=["online_quiz"], quiz_id=5)],
        Kind.QUIZZES: [Quiz(id=5, title="Optics", assignment_id=6)],
        Kind.QUIZ_QUESTIONS: questions,
        Kind.QUIZ_GROUPS: [group] if group else [],
        Kind.QUESTION_BANKS: [QuestionBank(id=2, title="Light")],
        Kind.MODULES: [Module(id=8, name="Week 1")],
        Kind.MODULE_ITEMS: [ModuleItem(id=9, module_id=8, type="Quiz", content_id=5, title="In")],
    }
    found = members(generic(objects))
    assert not any("assessment_qti" in path for path in found)
    assert f'href="https://canvas.example.edu/courses/7/{target}"' in found["wiki_content/light.html"].decode()


def test_an_assignment_is_a_page_with_its_text_and_its_rubric_as_a_table() -> None:
    assignment = Assignment(
        id=4, name="Essay", description="<p>Write.</p>", points_possible=7.5, rubric_settings=RubricSettings(id=60)
    )
    packing = generic({Kind.ASSIGNMENTS: [assignment], Kind.RUBRICS: [RUBRIC]})
    page = next(body for path, body in members(packing).items() if path.startswith("assignments/")).decode()
    assert "<p>Write.</p>" in page
    assert "<caption>Essay &lt;1&gt;</caption>" in page
    assert "<tr><th>Style<br>(5)</th><td>Good<br>(5)</td></tr>\n<tr><th>Length<br>(2.5)<br>a page</th></tr>" in page
    codes = [(w.code, w.kind, w.place) for w in packing.report.warnings]
    assert ("settings_not_expressed", "assignments", "points_possible") in codes


def test_in_version_1_3_the_page_is_the_form_for_all_and_its_variant_comes_last() -> None:
    packing = generic({Kind.ASSIGNMENTS: [Assignment(id=4, name="Essay", points_possible=5.0)]}, "1.3")
    found = members(packing)
    assert items_of(found) == [("Biology", [("Essay", "webcontent")])]
    resources = {one.get("type"): one for one in manifest_of(found).iter("{*}resource")}
    assert [etree.QName(child).localname for child in resources["webcontent"]] == ["file", "variant"]
    document = etree.fromstring(found[resources["assignment_xmlv1p0"].get("href") or ""])
    assert document.find("{*}extensions") is None
    assert document.find("{*}gradable").get("points_possible") == "5.0"


def test_attachments_of_a_topic_are_relative_too() -> None:
    files = load(REPOSITORY / "deploy/sample")
    file = next(file for file in files.course.each(Kind.FILES) if file.stored)
    topic = DiscussionTopic(id=3, title="Talk", attachments=[TopicAttachment(id=file.id)])
    found = members(generic({Kind.DISCUSSION_TOPICS: [topic], Kind.FILES: [replace_folder(file)]}))
    body = next(etree.fromstring(body) for path, body in found.items() if path.startswith("topics/"))
    href = body.find(".//{*}attachment").get("href")
    assert unquote(href.removeprefix("../")) in found


def replace_folder(file: Any) -> Any:
    file.folder_id = None
    return file


def test_identifiers_that_begin_with_a_digit_are_prefixed_here_and_stay_for_canvas() -> None:
    page = Page(id=1, title="Light", url="light", migration_id="1a")
    imported: dict[Any, str] = {(Kind.PAGES, 1, ""): "1a"}
    for target, expected in ((Target.GENERIC, "i1a"), (Target.CANVAS, "1a")):
        packing = generic({Kind.PAGES: [page]}, identifiers=imported)
        packing.request = replace(packing.request, target=target)
        resources = [one.get("identifier") for one in manifest_of(members(packing)).iter("{*}resource")]
        assert expected in resources


def test_a_path_is_written_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def twice(*_: object) -> Iterator[Entry]:
        yield Entry("wiki_content/light.html", b"other")

    monkeypatch.setattr(generic_package.topics, "write", twice)
    packing = generic({Kind.PAGES: [Page(id=1, title="Light", url="light")]})
    paths = [entry.path for entry in package.entries(packing)]
    assert paths == ["wiki_content/light.html", "imsmanifest.xml"]
    assert [w.code for w in packing.report.warnings if w.place == paths[0]] == ["member_repeated"]


def test_true_and_false_have_the_labels_of_the_profile_whatever_their_order_and_language() -> None:
    def labels(*texts: str) -> list[tuple[str | None, str | None]]:
        answers = [{"id": n, "text": text, "weight": 100 if n == 1 else 0} for n, text in enumerate(texts)]
        item = quiz_in(a_quiz_with(a_question("true_false_question", answers))).find(".//{*}item")
        right = item.findtext(".//{*}varequal")
        return [(label.get("ident"), label.findtext(".//{*}mattext")) for label in item.iter("{*}response_label")] + [
            (right, fields_of(item)["cc_profile"])
        ]

    profile = "cc.true_false.v0p1"
    assert labels("True", "False") == [("true", "True"), ("false", "False"), ("false", profile)]
    assert labels("False", "True") == [("false", "False"), ("true", "True"), ("true", profile)]
    assert labels("Wahr", "Falsch") == [("true", "Wahr"), ("false", "Falsch"), ("false", profile)]
    for false, true in (("Falsch", "Wahr"), ("Faux", "Vrai"), ("Нет", "Да"), ("错", "对"), ("Nope", "Yes")):
        assert labels(false, true) == [("false", false), ("true", true), ("true", profile)]
    assert labels("True", "False", "Maybe")[-1] == ("1", "cc.multiple_choice.v0p1")


@pytest.mark.parametrize("written", ["<p>{}</p>", "<p><b>{}</b>&nbsp;</p>\n", "{}"])
def test_true_and_false_in_html_have_the_labels_of_their_words(written: str) -> None:
    answers = [
        {"id": n, "html": written.format(text), "weight": 100 * (1 - n)} for n, text in enumerate(("False", "True"))
    ]
    item = quiz_in(a_quiz_with(a_question("true_false_question", answers))).find(".//{*}item")
    assert [label.get("ident") for label in item.iter("{*}response_label")] == ["false", "true"]
    assert item.findtext(".//{*}varequal") == "false"


def test_values_of_a_multiple_response_are_marked_and_every_question_states_its_weight() -> None:
    several = a_question("multiple_answers_question", CHOICES, points_possible=3.0)
    half = a_question(
        "short_answer_question", [{"id": 1, "text": "a"}, {"id": 2, "text": "b"}], id=8, points_possible=2.5
    )
    packing = a_quiz_with(several, half, a_question("essay_question", id=9, points_possible=0))
    items = quiz_in(packing).findall(".//{*}item")
    assert {value.get("case") for value in items[0].iterfind(".//{*}and//{*}varequal")} == {"Yes"}
    assert [fields_of(item)["cc_weighting"] for item in items] == ["3", "3", "0"]
    # Moodle takes the accepted texts from one condition alone.
    assert [value.text for value in items[1].iterfind("{*}resprocessing/{*}respcondition[1]//{*}varequal")] == [
        "a",
        "b",
    ]
    of_questions = [(w.code, w.item_id) for w in packing.report.warnings if w.item_id]
    assert of_questions == [("settings_not_expressed", 8)]


def test_no_value_is_empty_and_new_quizzes_leaves_nothing() -> None:
    unanswered = a_question("multiple_choice_question", [{"id": 1, "text": "a", "weight": 0}])
    essay = a_question("essay_question", id=8, new_quiz={"word_limit_max": 100, "rce": True})
    root = quiz_in(a_quiz_with(unanswered, essay))
    assert all(value.text for value in root.iter("{*}varequal"))
    assert all(set(response.attrib) == {"ident", "rcardinality"} for response in root.iter("{*}response_str"))


def test_a_blank_text_is_no_answer_of_a_short_answer_question() -> None:
    texts = [{"id": n, "text": text} for n, text in enumerate(("", "red", None))]
    root = quiz_in(a_quiz_with(a_question("short_answer_question", texts)))
    assert [value.text for value in root.iter("{*}varequal")] == ["red"]
    packing = a_quiz_with(a_question("short_answer_question", texts[:1]))
    assert list(members(packing)) == ["imsmanifest.xml"]
    assert packing.report.skipped == {"quiz_questions": 1, "quizzes": 1}


def test_a_time_limit_of_zero_is_not_written() -> None:
    quiz = Quiz(id=5, title="Optics", time_limit=0)
    root = quiz_in(generic({Kind.QUIZZES: [quiz], Kind.QUIZ_QUESTIONS: [a_question("essay_question")]}))
    assert "qmd_timelimit" not in fields_of(root.find("{*}assessment"))


def test_a_group_that_draws_from_a_bank_is_the_first_questions_of_the_bank() -> None:
    drawn = [
        BankQuestion.from_json({"id": n, "question_bank_id": 2, "question_type": "essay_question"}) for n in (1, 2)
    ]
    packing = a_quiz_with(
        quiz_groups=[QuizGroup(id=3, quiz_id=5, name="Two", pick_count=1, assessment_question_bank_id=2)],
        question_banks=[QuestionBank(id=2, title="Light")],
        bank_questions=drawn,
    )
    assert len(quiz_in(packing).findall(".//{*}item")) == 1
    codes = {(w.code, w.kind) for w in packing.report.warnings}
    assert {("group_fixed", "quiz_groups"), ("kind_not_expressed", "question_banks")} <= codes
    assert packing.report.expected["bank_questions"] == packing.report.packed["bank_questions"] == 0  # they are copies


def test_the_questions_of_a_group_behind_its_first_picks_are_counted_as_left_out() -> None:
    own = [a_question("essay_question", id=n, quiz_group_id=3) for n in (1, 2, 3)]
    packing = a_quiz_with(*own, quiz_groups=[QuizGroup(id=3, quiz_id=5, name="Two", pick_count=1)])
    assert len(quiz_in(packing).findall(".//{*}item")) == 1
    report = packing.report
    counts = [found["quiz_questions"] for found in (report.expected, report.packed, report.skipped)]
    assert counts == [3, 1, 2]


def test_a_quiz_without_questions_of_the_profile_is_left_out_with_the_reason() -> None:
    packing = a_quiz_with(a_question("matching_question", **PAIRS), a_question("calculated_question", id=8))
    assert list(members(packing)) == ["imsmanifest.xml"]
    assert packing.report.skipped == {"quiz_questions": 2, "quizzes": 1}
    assert [w.code for w in packing.report.warnings if w.kind == "quiz_questions"] == ["question_not_expressed"] * 2


SOURCES = ["sample", *(sorted(CORPORA.glob("*/*.imscc")) if CORPORA.is_dir() else [])]


@needs_shared
@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source if isinstance(source, str) else source.name)
def test_the_official_schemas_accept_every_package_and_no_token_is_left(source: str | Path, tmp_path: Path) -> None:
    loaded = load(REPOSITORY / "deploy/sample" if source == "sample" else source)
    report = export(loaded, tmp_path / "out.imscc", target=Target.GENERIC)
    assert (dict(report.failed), faults(tmp_path / "out.imscc")) == ({}, [])
    with zipfile.ZipFile(tmp_path / "out.imscc") as archive:
        made = [n for n in archive.namelist() if not n.startswith("web_resources/")]
        assert [name for name in made if TOKENS.search(archive.read(name))] == []


def test_links_between_its_documents_lead_to_the_same_objects_after_a_load(tmp_path: Path) -> None:
    def link(course_id: int, target: str) -> str:
        return f'<a href="/courses/{course_id}/{target}">x</a>'

    question = a_question("essay_question", [])
    question.question_text = link(COURSE_ID, "pages/light")
    objects: dict[Kind, list[Any]] = {
        Kind.PAGES: [Page(id=1, title="Light", url="light", body=link(COURSE_ID, "quizzes/5#top"))],
        Kind.ASSIGNMENTS: [Assignment(id=2, name="Essay", description=link(COURSE_ID, "discussion_topics/4"))],
        Kind.DISCUSSION_TOPICS: [DiscussionTopic(id=4, title="Talk", message=link(COURSE_ID, "assignments/2"))],
        Kind.QUIZZES: [Quiz(id=5, title="Optics")],
        Kind.QUIZ_QUESTIONS: [question],
    }
    with zipfile.ZipFile(tmp_path / "out.imscc", "w") as archive:
        for path, body in members(generic(objects, "1.3")).items():
            archive.writestr(path, body)
    loaded = load(tmp_path / "out.imscc")
    assert loaded.importing.warnings == []
    [page], [assignment] = loaded.course.each(Kind.PAGES), loaded.course.each(Kind.ASSIGNMENTS)
    [topic], [quiz] = loaded.course.each(Kind.DISCUSSION_TOPICS), loaded.course.each(Kind.QUIZZES)
    [again] = loaded.course.children(Kind.QUIZ_QUESTIONS, quiz.id)
    course_id = loaded.importing.course_id
    assert page.body == link(course_id, f"quizzes/{quiz.id}#top")
    assert assignment.description == link(course_id, f"discussion_topics/{topic.id}")
    assert topic.message == link(course_id, f"assignments/{assignment.id}")
    assert again.question_text == link(course_id, "pages/light")


def test_a_generic_cartridge_passes_the_verification() -> None:
    packing = generic(
        {
            Kind.PAGES: [Page(id=1, title="Light", url="light", body='<a href="/courses/7/quizzes/5">x</a>')],
            Kind.ASSIGNMENTS: [Assignment(id=4, name="Essay", rubric_settings=RubricSettings(id=60))],
            Kind.QUIZZES: [Quiz(id=5, title="Optics")],
            Kind.QUIZ_QUESTIONS: [a_question("essay_question")],
        }
    )
    verified = finished(packing, package.entries(packing)).verify()
    assert (verified.verification.findings, verified.dangling) == ([], [])
