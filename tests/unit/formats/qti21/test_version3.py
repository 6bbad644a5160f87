"""A package of QTI 3.0: the names of its documents and its manifest, and that it says what one of QTI 2.1 says."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from lxml import etree

from shared.domain.content.quizzes import BankQuestion
from shared.domain.kinds import Kind
from shared.formats.qti21 import stimuli
from shared.formats.qti21.version3 import as_version3, rename_as_version2
from tests.support.packed_folder import packed
from tests.support.roundtrip import export, load
from tests.support.shared import REPOSITORY, SHARED

QTI2 = "http://www.imsglobal.org/xsd/imsqti_v2p2"
QTI3 = "http://www.imsglobal.org/xsd/imsqtiasi_v3p0"
SCHEMAS = SHARED / "schemas" / "qti" / "qtiv3p0"
ITEM = """<qti-assessment-item xmlns="{0}" identifier="i" title="Kinds" adaptive="false" time-dependent="false">
<qti-response-declaration identifier="R" cardinality="{1}" base-type="{2}"><qti-correct-response>
<qti-value>{3}</qti-value></qti-correct-response></qti-response-declaration>
<qti-outcome-declaration identifier="SCORE" cardinality="single" base-type="float" normal-maximum="3"/>
<qti-item-body><p>Which?</p>{4}</qti-item-body>
<qti-response-processing template="https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/match_correct.xml"/>
<qti-modal-feedback outcome-identifier="F" identifier="correct_fb" show-hide="show"><qti-content-body>Yes.
</qti-content-body></qti-modal-feedback></qti-assessment-item>"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's quizzes and banks in QTI 3.0."""
    out = tmp_path_factory.mktemp("qti3") / "quizzes.zip"
    export(load(REPOSITORY / "deploy/sample"), out, "3.0", None, "qti", include_banks=True)
    return out


def documents(path: Path) -> dict[str, etree._Element]:
    """The tests, items and banks of a package."""
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.split("/")[0] in ("tests", "items", "banks")]
        return {name: etree.fromstring(archive.read(name)) for name in names}


def manifest(path: Path) -> etree._Element:
    with zipfile.ZipFile(path) as archive:
        return etree.fromstring(archive.read("imsmanifest.xml"))


def test_the_manifest_and_the_resources_have_the_names_of_version_3(package: Path) -> None:
    root = manifest(package)
    assert etree.QName(root).namespace == "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1"
    assert root.findtext("{*}metadata/{*}schema") == "QTI Package"
    assert root.findtext("{*}metadata/{*}schemaversion") == "3.0.0"
    assert {resource.get("type") for resource in root.iter("{*}resource")} == {
        *("imsqti_test_xmlv3p0", "imsqti_section_xmlv3p0", "imsqti_item_xmlv3p0", "webcontent"),
    }
    assert all(resource.find("{*}file") is not None for resource in root.iter("{*}resource"))


def test_elements_of_qti_have_a_prefix_and_hyphens_and_those_of_html_do_not(package: Path) -> None:
    found = documents(package).values()
    names = {etree.QName(e).localname for root in found for e in root.iter(etree.Element) if QTI3 in e.tag}
    html = {name for name in names if not name.startswith("qti-")}
    assert html <= {
        *("p", "div", "span", "br", "img", "a", "em", "strong", "b", "i", "sub", "sup", "code", "object")
    } | {
        *("ul", "ol", "li", "table", "tbody", "tr", "td", "th", "thead", "caption", "h3", "h4", "pre", "blockquote"),
    }
    assert names == {name.lower() for name in names}
    attributes = {key for root in found for e in root.iter(f"{{{QTI3}}}*") for key in e.attrib if "{" not in key}
    assert {"base-type", "max-choices", "outcome-identifier", "time-dependent", "navigation-mode"} <= attributes
    assert attributes == {key.lower() for key in attributes}


def test_a_package_says_in_version_3_what_it_says_in_version_2_1(package: Path, tmp_path: Path) -> None:
    older = tmp_path / "older.zip"
    export(load(REPOSITORY / "deploy/sample"), older, "2.1", None, "qti", include_banks=True)
    written, expected = documents(package), documents(older)
    assert [*written] == [*expected]
    for path, root in written.items():
        assert etree.tostring(as_version3(expected[path]), method="c14n") == etree.tostring(root, method="c14n")


def test_it_is_read_back_into_the_same_package(package: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.zip"
    loaded = load(package)
    assert {w.code for w in loaded.importing.warnings} <= {"qti2_answer_not_mapped", "question_without_right_answer"}
    export(loaded, again, "3.0", None, "qti", include_banks=True)
    assert again.read_bytes() == package.read_bytes()


@pytest.mark.skipif(not SCHEMAS.is_dir(), reason="the schemas of QTI 3.0 are not in the shared folder")
def test_the_official_schemas_agree(package: Path) -> None:
    items, packaging = (
        etree.XMLSchema(etree.parse(str(SCHEMAS / f"{name}.xsd")))
        for name in ("imsqti_asiv3p0_v1p0", "imsqtiv3p0_imscpv1p2_v1p0")
    )
    assert packaging.validate(manifest(package)), packaging.error_log
    for path, document in documents(package).items():
        assert items.validate(document), f"{path}: {items.error_log}"


def test_a_package_of_another_tool_is_read_as_one_of_qti_2(tmp_path: Path) -> None:
    source, newer = packed("qti2_foreign", tmp_path / "older.zip"), tmp_path / "newer.zip"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(newer, "w") as new:
        for name in old.namelist():
            body = old.read(name)
            if name.endswith(".xml") and b"imsqti_v2p1" in body[:400] and name != "imsmanifest.xml":
                body = etree.tostring(as_version3(etree.fromstring(body)))
            new.writestr(name, body.replace(b"_xmlv2p1", b"_xmlv3p0") if name == "imsmanifest.xml" else body)
    with zipfile.ZipFile(newer) as package:
        assert b"<qti-assessment-test " in package.read("rivers.xml")
    one, two = load(source), load(newer)
    for kind in (Kind.QUIZZES, Kind.QUIZ_GROUPS, Kind.QUIZ_QUESTIONS, Kind.BANK_QUESTIONS):
        assert [o.to_json() for o in two.course.each(kind)] == [o.to_json() for o in one.course.each(kind)]
    assert {w.code for w in two.importing.warnings} == {w.code for w in one.importing.warnings}


def read_item(folder: Path, *words: str) -> BankQuestion:
    """The question of a zip that has one item and no manifest."""
    with zipfile.ZipFile(folder / "item.zip", "w") as archive:
        archive.writestr("i.xml", ITEM.format(QTI3, *words))
    (question,) = load(folder / "item.zip").course.each(Kind.BANK_QUESTIONS)
    return question


def test_an_item_of_another_tool_is_read_without_a_manifest(tmp_path: Path) -> None:
    choices = (
        '<qti-choice-interaction response-identifier="R" max-choices="1" class="qti-labels-none" data-layout="wide">'
        '<qti-simple-choice identifier="a">A <em>dog</em></qti-simple-choice>'
        '<qti-simple-choice identifier="b">Cat</qti-simple-choice></qti-choice-interaction>'
    )
    question = read_item(tmp_path, "single", "identifier", "b", choices)
    assert (question.question_type, question.points_possible) == ("multiple_choice_question", 3)
    assert [(a.html or a.text, a.weight) for a in question.answers] == [("A <em>dog</em>", 0), ("Cat", 100)]
    assert (question.question_text, question.correct_comments) == ("<p>Which?</p>", "Yes.")


@pytest.mark.parametrize(
    "picture",
    [
        '<img src="map.png" alt="" width="200" height="100"/>',
        '<object data="map.png" type="image/png" width="200" height="100"/>',
    ],
)
def test_the_picture_of_areas_may_be_either_element(picture: str, tmp_path: Path) -> None:
    spots = (
        f'<qti-hotspot-interaction response-identifier="R" max-choices="1">{picture}'
        '<qti-hotspot-choice identifier="h" shape="rect" coords="20,10,100,50"/></qti-hotspot-interaction>'
    )
    question = read_item(tmp_path, "single", "identifier", "h", spots)
    assert question.question_type == "hot_spot_question"
    assert [answer.coordinates for answer in question.answers] == ["0.1,0.1,0.5,0.5"]


def test_a_text_that_items_share_is_in_front_of_each(tmp_path: Path) -> None:
    entry = '<p><qti-text-entry-interaction response-identifier="R"/></p>'
    item = ITEM.format(QTI3, "single", "string", "ja", entry).replace(
        "<qti-item-body>", '<qti-assessment-stimulus-ref identifier="s" href="../texts/s%20t.xml"/><qti-item-body>'
    )
    stimulus = (
        f'<qti-assessment-stimulus xmlns="{QTI3}" identifier="s" title="S"><qti-stimulus-body><h2>Read</h2>'
        '<img src="pictures/a%20b.png" alt=""/><a href="https://a.example/x">x</a></qti-stimulus-body>'
        "</qti-assessment-stimulus>"
    )
    members = {"items/1.xml": item, "items/2.xml": item.replace('identifier="i"', 'identifier="j"')}
    with zipfile.ZipFile(tmp_path / "items.zip", "w") as archive:
        for name, body in {**members, "texts/s t.xml": stimulus, "texts/pictures/a b.png": "x"}.items():
            archive.writestr(name, body)
    loaded = load(tmp_path / "items.zip")
    (picture,) = loaded.course.each(Kind.FILES)
    questions = list(loaded.course.each(Kind.BANK_QUESTIONS))
    assert [q.question_type for q in questions] == ["short_answer_question"] * 2
    for question in questions:
        text = question.question_text
        assert text.index("<h2>Read</h2>") < text.index(f"/files/{picture.id}") < text.index("<p>Which?</p>")
        assert 'href="https://a.example/x"' in text
    assert [w.code for w in loaded.importing.warnings if w.code.startswith("qti")] == []


def test_a_large_text_is_not_copied_into_any_number_of_items(monkeypatch: pytest.MonkeyPatch) -> None:
    item = f'<assessmentItem xmlns="{QTI2}"><assessmentStimulusRef href="s.xml"/><itemBody/></assessmentItem>'
    stimulus = f'<assessmentStimulus xmlns="{QTI2}"><stimulusBody>{"x" * 400}</stimulusBody></assessmentStimulus>'
    documents = {name: etree.fromstring(item) for name in ("1.xml", "2.xml", "3.xml")}
    documents["s.xml"] = etree.fromstring(stimulus)
    monkeypatch.setattr(stimuli, "_LARGEST", 1000)
    assert stimuli.insert_stimuli(documents) == {"s.xml"}
    assert sum(root.find("{*}itemBody/{*}div") is not None for root in documents.values()) == 2


def test_attributes_for_programs_keep_their_names() -> None:
    root = etree.fromstring('<qti-gap data-a-b="1" aria-hidden="true" show-hide="show" xml:lang="en"/>')
    rename_as_version2(root)
    assert etree.QName(root).localname == "gap"
    assert sorted(root.attrib) == ["aria-hidden", "data-a-b", "showHide", "{http://www.w3.org/XML/1998/namespace}lang"]
