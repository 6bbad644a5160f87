"""The running system exports the sample's quizzes in every form, through HTTP and from the shell, as lxml reads them."""

from __future__ import annotations

import json
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from tests.e2e.conftest import SAMPLE
from tests.support.client import Client
from tests.support.package_checkers import errors
from tests.support.qti21_grammar import faults
from tests.support.shared import needs_shared
from tests.support.stack import Stack

QUESTIONS = [q["question_type"] for q in json.loads((SAMPLE / "quiz_questions.json").read_text())]
BANKED = [q["question_type"] for q in json.loads((SAMPLE / "bank_questions.json").read_text())]
QUIZZES = len(json.loads((SAMPLE / "quizzes.json").read_text()))
BANKS = len(json.loads((SAMPLE / "question_banks.json").read_text()))

CANVAS: dict[str, Any] = {}
GENERIC, QTI21, QTI30 = {"target": "generic"}, {"version": "2.1"}, {"version": "3.0"}
WITH_BANKS = {"include_banks": True}


class Read:
    """A package as zipfile and lxml see it."""

    def __init__(self, path: Path) -> None:
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
            self.members = {name: archive.read(name) for name in archive.namelist()}
        xml = {name: body for name, body in self.members.items() if name.endswith((".xml", ".qti"))}
        self.documents = {name: etree.fromstring(body) for name, body in xml.items()}
        self.resources = self.documents["imsmanifest.xml"].findall("{*}resources/{*}resource")

    def roots(self) -> Counter[str]:
        """How many documents there are of each kind."""
        found: Counter[str] = Counter()
        for root in self.documents.values():
            name = etree.QName(root).localname
            found[etree.QName(root[0]).localname if name == "questestinterop" else name] += 1
        return found

    def items(self) -> list[etree._Element]:
        return [item for root in self.documents.values() for item in root.iter("{*}item", "{*}assessmentItem")]

    def types(self) -> Counter[str | None]:
        """What QTI 1.2 says the types of the questions are."""
        path = ".//{*}qtimetadatafield[{*}fieldlabel='question_type']/{*}fieldentry"
        return Counter(item.findtext(path) for item in self.items())

    def assert_references_lead_somewhere(self) -> None:
        """Every file of the manifest is in the package, every dependency and every reference to an item is there."""
        identifiers = [resource.get("identifier") for resource in self.resources]
        assert len(set(identifiers)) == len(identifiers)
        for resource in self.resources:
            hrefs = {file.get("href") for file in resource.iterfind("{*}file")} | {resource.get("href")} - {None}
            assert {str(href).replace("%20", " ") for href in hrefs} <= self.members.keys()
            needed = {needed.get("identifierref") for needed in resource.iterfind("{*}dependency")}
            assert needed <= set(identifiers)


@pytest.fixture(scope="module")
def exported(admin: Client, sample: int, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The package of a request, and its report."""

    def run(**body: Any) -> tuple[Path, dict[str, Any]]:
        done = admin.exported(sample, "qti", **body)
        path = admin.download(done, tmp_path_factory.mktemp("qti") / "package.zip")
        return path, admin.report(done)

    return run


def named(types: list[str], **instead: str) -> Counter[str]:
    """The types as a form of package names them; missing words are dropdowns in all of them."""
    renamed = {"missing_word_question": "multiple_dropdowns_question", **instead}
    return Counter(renamed.get(name, name) for name in types)


REDUCED = {"calculated_question": "numerical_question", "file_upload_question": "essay_question"}


@pytest.mark.parametrize(
    ("body", "types", "banks"),
    [
        (CANVAS, named(QUESTIONS), 0),
        (CANVAS | WITH_BANKS, named(QUESTIONS + BANKED), BANKS),
        (CANVAS | {"select": {"question_banks": ["1"]}}, None, 1),
        (GENERIC, named(QUESTIONS + BANKED, **REDUCED), 0),  # a group that draws from a bank holds its questions
        (GENERIC | WITH_BANKS, named(QUESTIONS + BANKED + BANKED, **REDUCED), BANKS),
    ],
    ids=["canvas", "canvas and banks", "a bank alone", "generic", "generic and banks"],
)
def test_qti_1_2_through_http(exported: Any, body: dict[str, Any], types: Counter[str] | None, banks: int) -> None:
    path, report = exported(**body)
    assert (report["verification"]["passed"], report["verification"]["findings"]) == (True, [])
    read = Read(path)
    read.assert_references_lead_somewhere()
    assert (read.roots()["assessment"], read.roots()["objectbank"]) == (QUIZZES if types else 0, banks)
    assert all(item.get("title") and item.get("ident") for item in read.items())
    if types is not None:
        assert read.types() == types
        assert report["packed"]["quiz_questions"] == len(QUESTIONS)
        assert report["failed"] == report["skipped"] == {}
    if body.get("target") == "generic":
        responses = [r for item in read.items() for r in item.iter("{*}response_lid", "{*}response_str")]
        assert {response.get("rcardinality") for response in responses} == {"Single", "Multiple"}
        assert all(section.find("{*}item") is not None for section in _sections(read))


def _sections(read: Read) -> list[etree._Element]:
    """Sections of questions: the outermost holds others."""
    return [s for root in read.documents.values() for s in root.iterfind(".//{*}section/{*}section")]


@pytest.mark.parametrize(
    ("body", "items", "banks"),
    [
        (QTI21, len(QUESTIONS) + len(BANKED), 0),
        (QTI21 | WITH_BANKS, len(QUESTIONS) + 2 * len(BANKED), BANKS),
        (QTI21 | {"select": {"question_banks": ["1", "2"]}}, len(BANKED), BANKS),
    ],
    ids=["2.1", "2.1 and banks", "banks alone"],
)
def test_qti_2_1_through_http(exported: Any, body: dict[str, Any], items: int, banks: int) -> None:
    path, report = exported(**body)
    assert (report["verification"]["passed"], report["verification"]["findings"]) == (True, [])
    read = Read(path)
    read.assert_references_lead_somewhere()
    tests = 0 if "select" in body else QUIZZES
    found = read.roots()
    assert (found["assessmentItem"], found["assessmentSection"], found["assessmentTest"]) == (items, banks, tests)
    listed = Counter(resource.get("type") for resource in read.resources)
    assert (listed["imsqti_item_xmlv2p1"], listed["imsqti_test_xmlv2p1"]) == (items, tests)
    for name, root in read.documents.items():
        assert name == "imsmanifest.xml" or list(faults(root)) == [], name


def test_qti_3_0_through_http(exported: Any) -> None:
    path, report = exported(**QTI30)
    assert (report["verification"]["passed"], report["verification"]["findings"]) == (True, [])
    read = Read(path)
    read.assert_references_lead_somewhere()
    found = read.roots()
    assert (found["qti-assessment-item"], found["qti-assessment-test"]) == (len(QUESTIONS) + len(BANKED), QUIZZES)


@needs_shared
@pytest.mark.parametrize(
    ("body", "allowed"),
    [
        (
            CANVAS | WITH_BANKS,
            {"schema.manifest"},
        ),  # Canvas's own manifest, which names a schema that it does not keep to
        (GENERIC | WITH_BANKS, set()),
        (QTI21 | WITH_BANKS, set()),
    ],
    ids=["canvas", "generic", "2.1"],
)
def test_the_checking_tool_finds_no_other_error(exported: Any, body: dict[str, Any], allowed: set[str]) -> None:
    path, _ = exported(**body)
    assert errors(path).keys() == allowed


def test_the_shell_exports_every_form_as_http_does(exported: Any, stack: Stack, sample: int, tmp_path: Path) -> None:
    token = stack.token(1, "--site-admin")
    forms = {
        ("--target", "generic", "--include-banks"): GENERIC | WITH_BANKS,
        ("--qti-version", "2.1", "--include-banks"): QTI21 | WITH_BANKS,
        ("--qti-version", "3.0"): QTI30,
        ("--select", "question_banks=1"): {"select": {"question_banks": ["1"]}},
    }
    for number, (words, body) in enumerate(forms.items()):
        out = tmp_path / f"{number}.zip"
        done = stack.cli("export", "--course", str(sample), "--type", "qti", *words, "--out", str(out), token=token)
        assert done.returncode == 0, done.stderr
        assert out.read_bytes() == exported(**body)[0].read_bytes()
