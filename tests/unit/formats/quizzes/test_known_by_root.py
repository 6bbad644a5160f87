"""A document of QTI is known by its root element: under any resource type, under no resource, without a manifest."""

from __future__ import annotations

import io
import itertools
import zipfile

import pytest

from shared.domain.errors import UnreadablePackage
from shared.domain.kinds import Kind
from shared.formats.cartridge.read import read
from shared.formats.importing import Importing
from shared.formats.imscp.package_reader import PackageReader
from shared.formats.imscp.quiz_roots import quiz_type
from tests.support import cartridges

QUIZ = cartridges.quiz("Cells", 2)
ITEM = (
    '<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="i" title="I"><itemBody><p>?</p>'
    "</itemBody></assessmentItem>"
)


def loaded(members: dict[str, str | bytes]) -> Importing:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    importing = Importing(course_id=1, next_id=itertools.count(1).__next__)
    read(PackageReader.open(buffer), importing)
    return importing


def counts(importing: Importing) -> tuple[int, int, int]:
    """How many questions of quizzes, questions of banks and files there are."""
    kinds = (Kind.QUIZ_QUESTIONS, Kind.BANK_QUESTIONS, Kind.FILES)
    questions, banked, files = (len(importing.all(kind)) for kind in kinds)
    return questions, banked, files


def a_package(kind: str, href: str = "quiz/q.xml", schema: str = "IMS Content") -> dict[str, str | bytes]:
    resource = cartridges.resource("r1", kind, href)
    return {"imsmanifest.xml": cartridges.manifest(resource, schema=schema), "quiz/q.xml": QUIZ}


@pytest.mark.parametrize("schema", ["IMS Content", "IMS Common Cartridge"])
@pytest.mark.parametrize("kind", ["ims_qtiasiv1p2", "imsqti_xmlv1p2", "QTI", "webcontent", "text/xml", ""])
def test_quizzes_are_read_whatever_their_resource_is_called(kind: str, schema: str) -> None:
    importing = loaded(a_package(kind, schema=schema))
    assert counts(importing) == (2, 0, 0)
    assert [quiz.migration_id for quiz in importing.all(Kind.QUIZZES)] == ["r1"]


def test_a_name_that_the_manifest_misspells_is_that_of_the_only_quiz() -> None:
    importing = loaded(a_package("imsqti_xmlv1p2", "quiz/quizz.xml"))
    assert counts(importing) == (2, 0, 0)
    assert [quiz.migration_id for quiz in importing.all(Kind.QUIZZES)] == ["r1"]


def test_a_quiz_that_no_resource_lists_is_read() -> None:
    members = a_package("webcontent") | {"more/other.xml": QUIZ}
    assert counts(loaded(members)) == (4, 0, 0)


def test_items_of_qti_2_are_known_too() -> None:
    assert counts(loaded(a_package("webcontent") | {"quiz/q.xml": ITEM}))[1] == 1


@pytest.mark.parametrize("folder", ["", "exported/", "a/b/"])
def test_a_zip_of_quizzes_needs_no_manifest(folder: str) -> None:
    importing = loaded(
        {f"{folder}one.xml": QUIZ, f"{folder}two.qti": b"\n " + QUIZ.encode(), f"{folder}readme.txt": "x"}
    )
    assert counts(importing) == (4, 0, 1)
    assert [quiz.label for quiz in importing.all(Kind.QUIZZES)] == ["Cells", "Cells"]


@pytest.mark.parametrize(
    "document", ["<html><body>questestinterop</body></html>", "<assessment/>", "questestinterop", ""]
)
def test_a_zip_of_other_documents_without_a_manifest_is_refused(document: str) -> None:
    with pytest.raises(UnreadablePackage, match="no imsmanifest"):
        loaded({"one.xml": document})


def test_a_file_of_a_course_of_canvas_stays_a_file_whatever_is_in_it() -> None:
    members = a_package("webcontent", "web_resources/q.xml", "IMS Common Cartridge")
    members |= {"course_settings/course_settings.xml": "<course/>", "web_resources/q.xml": QUIZ}
    del members["quiz/q.xml"]
    assert counts(loaded(members)) == (0, 0, 1)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"<questestinterop>", "imsqti_xmlv1p2"),
        (
            b"\n<?xml version='1.0'?><!-- <a> --><!DOCTYPE questestinterop SYSTEM 'x.dtd'>\n<questestinterop x='1'>",
            "imsqti_xmlv1p2",
        ),
        ("\ufeff<?xml version='1.0' encoding='utf-16'?><q:assessmentTest>".encode("utf-16"), "imsqti_test_xmlv2p1"),
        (b"<assessment ident='a'>", "imsqti_xmlv1p2"),
        (b"<qti-assessment-item>", "imsqti_item_xmlv3p0"),
        (b"<manifest><questestinterop>", None),
        (b"<!-- <questestinterop> -->", None),
    ],
)
def test_the_root_decides(head: bytes, kind: str | None) -> None:
    assert quiz_type(head) == kind


def test_questions_where_a_document_has_none_are_counted() -> None:
    stray = QUIZ.replace("</questestinterop>", '<x><item ident="x"/></x></questestinterop>')
    importing = loaded(a_package("imsqti_xmlv1p2") | {"quiz/q.xml": stray})
    assert [w.message for w in importing.warnings if w.code == "qti_question_lost"] == [
        "1 of the 3 questions of this document were not taken in."
    ]
