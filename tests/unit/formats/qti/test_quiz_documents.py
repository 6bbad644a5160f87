"""Which members of a package are QTI documents, and under which identifier."""

from __future__ import annotations

from shared.formats.imscp.resource import Resource
from shared.formats.qti.quiz_documents import QuizDocument, quiz_documents
from tests.support.formats import a_source


def test_a_bank_that_no_resource_lists_is_known_by_its_name_without_the_ending() -> None:
    source = a_source({"non_cc_assessments/g1.xml.qti": "<x/>", "non_cc_assessments/readme.txt": "no quiz"})
    assert list(quiz_documents(source)) == [QuizDocument("g1", ("non_cc_assessments/g1.xml.qti",), bank=True)]


def test_a_bank_that_a_resource_lists_comes_once_under_the_identifier_of_the_resource() -> None:
    member = "non_cc_assessments/g1.xml.qti"
    kind = "associatedcontent/imscc_xmlv1p1/learning-application-resource"
    source = a_source({member: "<x/>"}, [Resource("listed", kind, href=member, files=(member,))])
    assert list(quiz_documents(source)) == [QuizDocument("listed", (member,), bank=True)]
