"""Where quizzes stand in a cartridge and in a package of their own."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from lxml import etree

from shared.domain.content.files import File
from shared.domain.content.quizzes import BankQuestion, QuestionBank, Quiz, QuizGroup
from shared.domain.kinds import Kind
from shared.domain.selection import Selection
from shared.formats.cartridge import quizzes
from shared.formats.imscp.resource import Resources
from shared.formats.packing import Packing
from shared.formats.qti.packages.manifest import course_name
from shared.formats.quizzes import package
from tests.support.memory_course import stored
from tests.support.qti_builders import a_packing, a_question, canonical

K, KC = "gdb72906bc6c7dd9d7872d468a5cc279b", "ga610762c0e343989f45acaaead1272d6"
CP = "http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1"
LEARNING = "associatedcontent/imscc_xmlv1p1/learning-application-resource"


class FileLinks:
    """Knows the files that HTML names, as the real links do."""

    def files(self, html: str, kind: Kind, object_id: int, place: str) -> list[int]:
        return [int(number) for number in re.findall(r"/files/(\d+)", html)]

    def settle(self, selection: Selection) -> None: ...

    def export(self, html: str, kind: Kind, object_id: int, place: str) -> str:
        return re.sub(r"/courses/1/files/\d+", "$IMS-CC-FILEBASE$/first.png", html)


def a_course(select: Any = None) -> Packing:
    question = a_question("essay_question", question_text='<img src="/courses/1/files/12">')
    files = [
        File(id=n, folder_id=None, display_name=name, **stored(name.encode()))
        for n, name in ((12, "first.png"), (13, "second.png"))
    ]
    objects: dict[Kind, list[Any]] = {
        Kind.QUIZZES: [Quiz(id=5, title="Optics"), Quiz(id=6, title="Sound")],
        Kind.QUIZ_QUESTIONS: [question],
        Kind.QUESTION_BANKS: [QuestionBank(id=2, title="Bank")],
        Kind.FILES: files,
    }
    return a_packing(objects, select, links=FileLinks())


def members(packing: Packing) -> dict[str, Any]:
    return {entry.path: entry.body for entry in package.entries(packing)}


def test_a_package_of_quizzes_holds_quizzes_what_they_refer_to_and_no_bank() -> None:
    found = members(a_course())
    assert [path for path in found if K in path] == [f"{K}/{K}.xml", f"{K}/assessment_meta.xml"]
    assert [path for path in found if path.startswith("web_resources/")] == ["web_resources/first.png"]
    assert [path for path in found if path.startswith("non_cc_assessments/")] == ["non_cc_assessments/"]
    assert list(found)[-1] == "imsmanifest.xml"


def test_its_links_name_files_below_web_resources() -> None:
    item = etree.fromstring(members(a_course())[f"{K}/{K}.xml"])
    assert item.findtext(".//{*}mattext") == '<div><img src="$IMS-CC-FILEBASE$/first.png"></div>'


def test_only_selected_quizzes_are_there_and_no_other_selection_counts() -> None:
    found = members(a_course({"quizzes": [6], "all_files": True, "files": [13]}))
    assert not [path for path in found if K in path or path.startswith("web_resources")]
    assert len([path for path in found if path.endswith("assessment_meta.xml")]) == 1


def test_its_manifest_lists_each_quiz_with_its_settings() -> None:
    root = etree.fromstring(members(a_course({"quizzes": [5]}))["imsmanifest.xml"])
    assert root.get("identifier") == a_course().key(Kind.COURSES, 1, "qti_export_")
    assert root.findtext("{*}metadata/{*}schema") == "IMS Content"
    title = root.findtext("{*}metadata/{*}lom/{*}general/{*}title/{*}string")
    assert title == 'QTI Quiz Export for course "Physics"'
    file = a_course().key(Kind.FILES, 12)
    assert canonical(root.find("{*}resources")).replace(
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"', ""
    ) == (
        canonical(
            f'<resources xmlns="{CP}" xmlns:imsmd="http://www.imsglobal.org/xsd/imsmd_v1p2" '
            f'xmlns:lom="http://ltsc.ieee.org/xsd/imsccv1p1/LOM/resource"><resource identifier="{K}" '
            f'type="imsqti_xmlv1p2"><file href="{K}/{K}.xml"/><dependency identifierref="{KC}"/></resource>'
            f'<resource href="{K}/assessment_meta.xml" identifier="{KC}" type="{LEARNING}">'
            f'<file href="{K}/assessment_meta.xml"/></resource><resource href="web_resources/first.png" '
            f'identifier="{file}" type="webcontent"><file href="web_resources/first.png"/></resource></resources>'
        )
    )


def test_a_group_that_draws_from_a_bank_is_reported_in_a_package_without_banks() -> None:
    group = QuizGroup(id=3, quiz_id=5, name="Drawn", pick_count=2, assessment_question_bank_id=2)
    bank = QuestionBank(id=2, title="Bank")
    objects: dict[Kind, list[Any]] = {
        Kind.QUIZZES: [Quiz(id=5)],
        Kind.QUIZ_GROUPS: [group],
        Kind.QUESTION_BANKS: [bank],
    }
    packing = a_packing(objects)
    item = etree.fromstring(members(packing)[f"{K}/{K}.xml"])
    assert item.findtext(".//{*}sourcebank_ref") == packing.key(Kind.QUESTION_BANKS, 2)
    assert [(w.code, w.title) for w in packing.report.warnings] == [("bank_not_packed", "Drawn")]


def a_course_with_banks(select: Any = None, *, include_banks: bool = False) -> Packing:
    group = QuizGroup(id=3, quiz_id=5, name="Drawn", pick_count=2, assessment_question_bank_id=2)
    questions = [
        BankQuestion.from_json({"id": n, "question_bank_id": bank, "question_type": "essay_question"})
        for n, bank in ((21, 2), (22, 4))
    ]
    objects: dict[Kind, list[Any]] = {
        Kind.QUIZZES: [Quiz(id=5, title="Optics"), Quiz(id=6, title="Sound")],
        Kind.QUIZ_GROUPS: [group],
        Kind.QUESTION_BANKS: [QuestionBank(id=2, title="Light"), QuestionBank(id=4, title="Waves")],
        Kind.BANK_QUESTIONS: questions,
    }
    packing = a_packing(objects, select)
    return replace(packing, request=replace(packing.request, include_banks=include_banks))


def banks_of(found: dict[str, Any]) -> list[str | None]:
    """The titles of the banks in a package, which are its QTI documents without an assessment."""
    roots = [etree.fromstring(body) for path, body in found.items() if path.endswith(".xml.qti")]
    return [root.findtext("{*}objectbank/{*}qtimetadata/{*}qtimetadatafield/{*}fieldentry") for root in roots]


@pytest.mark.parametrize(
    ("select", "include_banks", "quizzes_there", "banks_there"),
    [
        (None, False, 2, []),
        (None, True, 2, ["Light", "Waves"]),
        ({"everything": True}, True, 2, ["Light", "Waves"]),
        ({"all_quizzes": True}, False, 2, []),
        ({"all_quizzes": True}, True, 2, ["Light"]),
        ({"quizzes": [5]}, True, 1, ["Light"]),
        ({"quizzes": [6]}, True, 1, []),
        ({"question_banks": [4]}, False, 0, ["Waves"]),
        ({"all_question_banks": True}, False, 0, ["Light", "Waves"]),
        ({"quizzes": [6], "question_banks": [2]}, False, 1, ["Light"]),
        ({"assessment_question_banks": {"4": "1"}}, True, 0, ["Waves"]),
    ],
)
def test_banks_are_there_when_they_are_selected_or_included(
    select: Any, include_banks: bool, quizzes_there: int, banks_there: list[str]
) -> None:
    found = members(a_course_with_banks(select, include_banks=include_banks))
    assert len([path for path in found if path.endswith("assessment_meta.xml")]) == quizzes_there
    assert banks_of(found) == banks_there


def test_a_group_draws_from_the_bank_that_is_in_the_package_with_it() -> None:
    packing = a_course_with_banks({"quizzes": [5]}, include_banks=True)
    found = members(packing)
    ref = etree.fromstring(found[f"{K}/{K}.xml"]).findtext(".//{*}sourcebank_ref")
    path = f"non_cc_assessments/{ref}.xml.qti"
    assert etree.fromstring(found[path]).find("{*}objectbank").get("ident") == ref
    listed = {r.get("identifier"): r for r in etree.fromstring(found["imsmanifest.xml"]).iter("{*}resource")}
    assert (listed[ref].get("type"), listed[ref].get("href")) == (LEARNING, path)
    assert packing.report.warnings == []
    assert packing.included_because() == {"question_banks:2": "quiz group 3 draws from it"}
    assert packing.report.packed == {"quizzes": 1, "question_banks": 1, "bank_questions": 1}


def test_the_course_is_behind_the_title_of_a_package() -> None:
    titles = ('QTI Quiz Export for course "A "B""', "QTI Quiz Export for", "Other")
    assert [course_name(title) for title in titles] == ['A "B"', "", "Other"]


def test_the_same_content_gives_the_same_bytes() -> None:
    assert members(a_course()) == members(a_course())


def cartridge(packing: Packing) -> tuple[list[str], Resources]:
    resources = Resources()
    return [entry.path for entry in quizzes.write(packing, resources)], resources


def test_a_cartridge_holds_a_quiz_twice_and_its_settings_once() -> None:
    paths, resources = cartridge(a_course({"quizzes": [5]}))
    assert paths == [
        "non_cc_assessments/",
        f"{K}/assessment_qti.xml",
        f"non_cc_assessments/{K}.xml.qti",
        f"{K}/assessment_meta.xml",
    ]
    first, second = resources
    assert (first.identifier, first.type) == (K, "imsqti_xmlv1p2/imscc_xmlv1p1/assessment")
    assert (first.href, first.files, first.dependencies) == (None, (f"{K}/assessment_qti.xml",), (KC,))
    assert (second.identifier, second.type, second.href) == (KC, LEARNING, f"{K}/assessment_meta.xml")
    assert second.files == (f"{K}/assessment_meta.xml", f"non_cc_assessments/{K}.xml.qti")


def test_only_selected_quizzes_are_in_a_cartridge() -> None:
    packing = a_packing({Kind.QUIZZES: [Quiz(id=5, assignment_id=8), Quiz(id=6)]}, {"quizzes": [5]})
    paths, _ = cartridge(packing)
    assert [path for path in paths if path.endswith("_meta.xml")] == [f"{K}/assessment_meta.xml"]
    assert packing.report.packed == {"quizzes": 1}


def test_a_bank_is_one_file_that_no_quiz_depends_on() -> None:
    packing = a_course({"question_banks": [2]})
    paths, resources = cartridge(packing)
    key = packing.key(Kind.QUESTION_BANKS, 2)
    assert paths == ["non_cc_assessments/", f"non_cc_assessments/{key}.xml.qti"]
    (resource,) = resources
    assert (resource.identifier, resource.type, resource.href) == (key, LEARNING, paths[1])
