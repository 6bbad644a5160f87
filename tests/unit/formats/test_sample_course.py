"""The sample course, with the small one of later tools, has one of everything; both load and leave whole."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from shared.domain.content.modules import CONTENT_KINDS
from shared.domain.content.registry import TYPES
from shared.domain.kinds import Kind
from tests.support.package_checkers import faults
from tests.support.roundtrip import Loaded, export, load
from tests.support.shared import REPOSITORY, needs_shared

SAMPLE = REPOSITORY / "deploy/sample"
LTI_COURSE = REPOSITORY / "tests/data/lti_course"

QUESTION_TYPES = {
    f"{name}_question"
    for name in (
        *("multiple_choice", "true_false", "multiple_answers", "short_answer", "fill_in_multiple_blanks", "essay"),
        *("multiple_dropdowns", "matching", "numerical", "calculated", "file_upload", "text_only", "missing_word"),
    )
}
REQUIREMENTS = {"must_view", "must_submit", "must_contribute", "must_mark_done", "min_score", "min_percentage"}
SUBMISSION_TYPES = {
    *("online_text_entry", "online_url", "online_upload", "media_recording", "student_annotation", "on_paper", "none"),
    *("external_tool", "not_graded", "online_quiz", "discussion_topic", "wiki_page"),
}
# What the schema of Common Cartridge 1.1 refuses, and what a course has one of or is of the past.
OF_LATER_TOOLS = {Kind.LTI_RESOURCE_LINKS, Kind.TOOL_PROFILES}
ALONE = {Kind.LATE_POLICIES, Kind.COURSE_PACES, Kind.TOOL_PROFILES}
# What a reference by id is to, where the field's name does not say it.
REFERENCES = {
    "parent_folder_id": Kind.FOLDERS,
    "folder_id": Kind.FOLDERS,
    "file_id": Kind.FILES,
    "annotatable_attachment_id": Kind.FILES,
    "page_id": Kind.PAGES,
    "assignment_id": Kind.ASSIGNMENTS,
    "assignment_group_id": Kind.ASSIGNMENT_GROUPS,
    "grading_standard_id": Kind.GRADING_STANDARDS,
    "discussion_topic_id": Kind.DISCUSSION_TOPICS,
    "external_feed_id": Kind.EXTERNAL_FEEDS,
    "quiz_id": Kind.QUIZZES,
    "quiz_group_id": Kind.QUIZ_GROUPS,
    "question_bank_id": Kind.QUESTION_BANKS,
    "assessment_question_bank_id": Kind.QUESTION_BANKS,
    "module_id": Kind.MODULES,
    "module_item_id": Kind.MODULE_ITEMS,
    "learning_outcome_id": Kind.LEARNING_OUTCOMES,
    "outcome_group_id": Kind.LEARNING_OUTCOME_GROUPS,
    "parent_outcome_group_id": Kind.LEARNING_OUTCOME_GROUPS,
    "context_external_tool_id": Kind.EXTERNAL_TOOLS,
    "deployment_id": Kind.EXTERNAL_TOOLS,
}
LINKED = {"modules/items": Kind.MODULE_ITEMS, "external_tools": Kind.EXTERNAL_TOOLS}


@pytest.fixture(scope="module")
def sample() -> Loaded:
    return load(SAMPLE)


@pytest.fixture(scope="module")
def lti_course() -> Loaded:
    return load(LTI_COURSE)


@pytest.fixture(scope="module")
def cartridge(sample: Loaded, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sample") / "sample.imscc"
    report = export(sample, out)
    assert report.warnings == []
    assert report.packed == report.expected
    return out


def of(sample: Loaded, kind: Kind) -> list[dict[str, Any]]:
    return [item.to_json() for item in sample.course.each(kind)]


def values(data: Any) -> Iterator[tuple[str, Any]]:
    """Every field of an object and of the objects in it."""
    if isinstance(data, dict):
        for name, value in data.items():
            yield name, value
            yield from values(value)
    elif isinstance(data, list):
        for value in data:
            yield from values(value)


def texts(sample: Loaded) -> str:
    everything = [sample.course.course.to_json(), *(o for kind in TYPES for o in of(sample, kind))]
    return "\n".join(value for data in everything for _, value in values(data) if isinstance(value, str))


def test_the_courses_load_without_a_warning(sample: Loaded, lti_course: Loaded) -> None:
    assert sample.importing.warnings == []
    assert lti_course.importing.warnings == []


def test_every_field_of_the_sample_has_a_place_in_the_model(sample: Loaded) -> None:
    strangers = {(kind, name) for kind in TYPES for item in sample.course.each(kind) for name in item.extra}
    assert strangers == {(Kind.PAGES, "page_id")}  # REST's name for the id itself
    assert sample.course.course.extra == {}


@pytest.mark.parametrize("kind", list(TYPES))
def test_the_courses_have_every_kind_of_content(sample: Loaded, lti_course: Loaded, kind: Kind) -> None:
    course = lti_course if kind in OF_LATER_TOOLS else sample
    assert course.course.count(kind) >= (1 if kind in ALONE else 2)


def test_the_sample_has_every_type_of_module_item(sample: Loaded) -> None:
    types = {item.type for item in sample.course.each(Kind.MODULE_ITEMS)}
    assert types == {*CONTENT_KINDS, "ExternalUrl", "SubHeader"}


def test_the_sample_has_every_completion_requirement_and_both_ways_to_ask_for_them(sample: Loaded) -> None:
    items, modules = of(sample, Kind.MODULE_ITEMS), of(sample, Kind.MODULES)
    assert {i["completion_requirement"]["type"] for i in items if "completion_requirement" in i} == REQUIREMENTS
    assert {m["requirement_type"] for m in modules} == {"all", "one"}
    assert max(len(m.get("prerequisite_module_ids", [])) for m in modules) == 2


def test_the_sample_has_every_type_of_question(sample: Loaded) -> None:
    questions = sample.course.each(Kind.QUIZ_QUESTIONS)
    assert {question.question_type for question in questions} == QUESTION_TYPES
    answers = [a for q in of(sample, Kind.QUIZ_QUESTIONS) for a in q.get("answers", [])]
    assert {a["numerical_answer_type"] for a in answers if "numerical_answer_type" in a} == {
        *("exact_answer", "range_answer", "precision_answer"),
    }


def test_the_sample_gives_feedback_at_every_level(sample: Loaded) -> None:
    commented = {
        name for q in of(sample, Kind.QUIZ_QUESTIONS) for name, value in values(q) if "comments" in name and value
    }
    levels = {f"{level}_comments{form}" for level in ("correct", "incorrect", "neutral") for form in ("", "_html")}
    assert commented >= {*levels, "comments"}


def test_the_sample_draws_questions_from_groups_and_from_banks(sample: Loaded) -> None:
    banks = [group.get("assessment_question_bank_id") for group in of(sample, Kind.QUIZ_GROUPS)]
    assert None in banks
    assert any(banks)
    assert {q["quiz_type"] for q in of(sample, Kind.QUIZZES) if "quiz_type" in q} >= {
        *("practice_quiz", "graded_survey", "survey"),
    }


def test_the_sample_has_every_type_of_submission(sample: Loaded) -> None:
    assert {t for a in of(sample, Kind.ASSIGNMENTS) for t in a["submission_types"]} == SUBMISSION_TYPES


def test_every_reference_of_the_sample_names_an_object_of_it(sample: Loaded) -> None:
    ids = {(kind, item.id) for kind in TYPES for item in sample.course.each(kind)}
    named = [
        (kind, item["id"], name, value)
        for kind in TYPES
        for item in of(sample, kind)
        for name, value in values({k: v for k, v in item.items() if k != "extra"})
        if name in REFERENCES and isinstance(value, int) and not (kind is Kind.PAGES and name == "page_id")
    ]
    assert len(named) > 100
    assert [reference for reference in named if (REFERENCES[reference[2]], reference[3]) not in ids] == []
    shown = [item for item in sample.course.each(Kind.MODULE_ITEMS) if item.content_kind not in (None, Kind.PAGES)]
    assert [item.id for item in shown if (item.content_kind, item.content_id) not in ids] == []


def test_every_link_of_the_sample_leads_to_an_object_of_it(sample: Loaded) -> None:
    course = sample.course.course.id
    ids = {(kind, str(item.id)) for kind in TYPES for item in sample.course.each(kind)}
    slugs = {page.url for page in sample.course.each(Kind.PAGES)}
    links = re.findall(rf"/courses/{course}/(modules/items|[a-z_]+)/([\w-]+)", texts(sample))
    known = {kind.value for kind in Kind} | {"wiki"} | set(LINKED)
    seen = Counter(kind for kind, _ in links)
    assert set(seen) >= {"pages", "wiki", "files", "assignments", "quizzes", "discussion_topics", "announcements"}
    for kind, name in links:
        if kind in ("pages", "wiki"):
            assert name in slugs
        elif kind in known and (kind, name) not in {
            *(("assignments", "syllabus"), ("files", "folder"), ("external_tools", "retrieve")),
        }:
            assert (LINKED.get(kind) or Kind(kind), name) in ids, f"{kind}/{name}"


def test_a_cartridge_of_the_sample_lists_every_member_and_names_no_other(cartridge: Path) -> None:
    with zipfile.ZipFile(cartridge) as package:
        names = {name for name in package.namelist() if not name.endswith("/")}
        manifest = etree.fromstring(package.read("imsmanifest.xml"))
    assert {file.get("href") for file in manifest.iter("{*}file")} == names - {"imsmanifest.xml"} - unlisted(names)


def unlisted(names: set[str]) -> set[str]:
    """Blueprint settings are found by their path."""
    return names & {"course_settings/blueprint.xml"}


def test_a_cartridge_of_the_sample_leaves_no_address_of_the_course_behind(sample: Loaded, cartridge: Path) -> None:
    with zipfile.ZipFile(cartridge) as package:
        members = [n for n in package.namelist() if not n.startswith("web_resources/")]
        leftovers = {n for n in members if f"/courses/{sample.course.course.id}".encode() in package.read(n)}
    assert leftovers == set()


@needs_shared
@pytest.mark.parametrize(
    ("export_type", "version"), [("common_cartridge", "1.1"), ("common_cartridge", "1.3"), ("qti", "1.1")]
)
def test_no_fault_is_found_in_a_package_of_the_sample(
    sample: Loaded, tmp_path: Path, export_type: str, version: str
) -> None:
    out = tmp_path / "package.zip"
    export(sample, out, version, export_type=export_type)
    # A package of quizzes bears the namespace that Canvas gives it, whose schema is for cartridges and refuses it.
    known = "schema.manifest" if export_type == "qti" else None
    assert [fault for fault in faults(out) if fault[0] != known] == []


@needs_shared
def test_in_the_course_of_later_tools_only_their_types_are_refused_by_the_schema(
    lti_course: Loaded, tmp_path: Path
) -> None:
    export(lti_course, tmp_path / "1.1.imscc")
    export(lti_course, tmp_path / "1.3.imscc", "1.3")
    refused = [what for _, what in faults(tmp_path / "1.1.imscc")]
    assert len(refused) == 3
    assert all("'imsbasiclti_xmlv1p3'" in what or "'tool_profile'" in what for what in refused)
    assert faults(tmp_path / "1.3.imscc") == []


def test_the_sample_is_small_enough_for_a_repository() -> None:
    assert sum(path.stat().st_size for path in SAMPLE.rglob("*") if path.is_file()) < 1_500_000
