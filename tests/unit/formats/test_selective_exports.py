"""Selective cartridges: what exactly is in the package for one object of each type, and that any selection is whole."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from shared.domain.content.registry import TYPES
from shared.domain.kinds import Kind
from shared.formats.identifiers import key
from tests.support.package_checkers import faults
from tests.support.roundtrip import COURSE_ID, Loaded, export, load
from tests.support.shared import REPOSITORY, needs_shared

WHOLE_COURSE = ("course_settings", "syllabus_body", "blueprint_settings")
# Canvas: always there, or there because the course holds such content, selected or not.
ALWAYS = {
    "imsmanifest.xml",
    "non_cc_assessments/",
    "course_settings/canvas_export.txt",
    "course_settings/context.xml",
    "course_settings/files_meta.xml",
    "course_settings/media_tracks.xml",
    "course_settings/module_meta.xml",
    "course_settings/course_paces.xml",
    "course_settings/external_feeds.xml",
    "course_settings/assignment_groups.xml",
    "course_settings/rubrics.xml",
    "course_settings/learning_outcomes.xml",
    "course_settings/events.xml",
    "course_settings/lti_context_controls.xml",
}


def page(page_id: int, url: str) -> dict[str, str]:
    return {key(Kind.PAGES, page_id): f"wiki_content/{url}.html"}


def file(file_id: int, path: str) -> dict[str, str]:
    return {key(Kind.FILES, file_id): f"web_resources/{path}"}


def assignment(assignment_id: int, name: str) -> dict[str, str]:
    own = key(Kind.ASSIGNMENTS, assignment_id)
    return {own: f"{own}/{name}.html {own}/assignment_settings.xml"}


def topic(topic_id: int) -> dict[str, str]:
    own, meta = key(Kind.DISCUSSION_TOPICS, topic_id), key(Kind.DISCUSSION_TOPICS, topic_id, "meta")
    return {own: f"{own}.xml", meta: f"{meta}.xml"}


def quiz(quiz_id: int) -> dict[str, str]:
    own, companion = key(Kind.QUIZZES, quiz_id), key(Kind.QUIZZES, quiz_id, "canvas_")
    settings_and_whole = f"{own}/assessment_meta.xml non_cc_assessments/{own}.xml.qti"
    return {own: f"{own}/assessment_qti.xml", companion: settings_and_whole}


def web_link(item_id: int) -> dict[str, str]:
    own = key(Kind.MODULE_ITEMS, item_id, "weblink")
    return {own: f"{own}.xml"}


SAFETY = file(16, "Handouts/Safety + field kit (bring it all).txt")
FORCES = file(1, "Unit 1 Forces/Tidal forces.svg")
CURVE = file(5, "Unit 2 Harmonics/spring and neap curve.png")
BANNER = file(20, "banner.svg")
EXAM_FILES = (
    FORCES
    | file(2, "Unit 1 Forces/Glossary of tides.html")
    | file(3, "Unit 1 Forces/Übersicht Gezeitenkräfte.txt")
    | file(13, "Quiz images/moon phases.svg")
    | file(14, "Quiz images/two days.png")
)

# select -> resources of the manifest beside the one of the settings, and what stands in documents of the settings.
ONE_OF_EACH: dict[str, tuple[Any, dict[str, str], dict[Kind, set[int]]]] = {
    "folders": ({"folders": [2]}, {}, {}),
    "files": ({"files": [1]}, FORCES, {}),
    "attachments": ({"attachments": [1]}, FORCES, {}),
    "quizzes": ({"quizzes": [1]}, quiz(1) | EXAM_FILES, {}),
    "assignments": (
        {"assignments": [1]},
        assignment(1, "tidal-force-by-hand") | FORCES,
        {Kind.RUBRICS: {1}, Kind.LEARNING_OUTCOMES: {1}},
    ),
    "announcements": ({"announcements": [101]}, topic(101), {}),
    "calendar_events": ({"calendar_events": [1]}, SAFETY, {Kind.CALENDAR_EVENTS: {1}}),
    "discussion_topics": ({"discussion_topics": [1]}, topic(1) | CURVE, {}),
    "modules": (
        {"modules": [1]},
        page(1, "welcome") | SAFETY | BANNER | topic(1) | CURVE | quiz(5) | web_link(5),
        {Kind.MODULES: {1}},
    ),
    "module_items": ({"module_items": [2]}, page(1, "welcome") | SAFETY | BANNER, {}),
    "pages": ({"pages": [1]}, page(1, "welcome") | SAFETY | BANNER, {}),
    "rubrics": ({"rubrics": [1]}, {}, {Kind.RUBRICS: {1}, Kind.LEARNING_OUTCOMES: {1}}),
}
DOCUMENTS = {
    Kind.MODULES: ("module_meta.xml", "module"),
    Kind.COURSE_PACES: ("course_paces.xml", "course_pace"),
    Kind.EXTERNAL_FEEDS: ("external_feeds.xml", "externalFeed"),
    Kind.ASSIGNMENT_GROUPS: ("assignment_groups.xml", "assignmentGroup"),
    Kind.RUBRICS: ("rubrics.xml", "rubric"),
    Kind.LEARNING_OUTCOMES: ("learning_outcomes.xml", "learningOutcome"),
    Kind.LEARNING_OUTCOME_GROUPS: ("learning_outcomes.xml", "learningOutcomeGroup"),
    Kind.CALENDAR_EVENTS: ("events.xml", "event"),
    Kind.LTI_CONTEXT_CONTROLS: ("lti_context_controls.xml", "lti_context_control"),
}


@pytest.fixture(scope="module")
def sample() -> Loaded:
    return load(REPOSITORY / "deploy/sample")


def resources(package: zipfile.ZipFile) -> dict[str, str]:
    """Identifier -> members of every resource, as the manifest lists them."""
    manifest = etree.fromstring(package.read("imsmanifest.xml"))
    return {
        str(resource.get("identifier")): " ".join(str(f.get("href")) for f in resource.iterfind("{*}file"))
        for resource in manifest.iterfind("{*}resources/{*}resource")
    }


def in_documents(package: zipfile.ZipFile) -> dict[Kind, set[str]]:
    """The identifiers of the objects in the documents of the settings, by kind; kinds without any left out."""
    found = {}
    for kind, (name, tag) in DOCUMENTS.items():
        root = etree.fromstring(package.read(f"course_settings/{name}"))
        found[kind] = {str(element.get("identifier")) for element in root.iter(f"{{*}}{tag}")}
    return {kind: identifiers for kind, identifiers in found.items() if identifiers}


def keys(kind: Kind, ids: Iterable[int]) -> set[str]:
    return {key(kind, object_id) for object_id in ids}


@pytest.mark.parametrize(("select", "listed", "documented"), list(ONE_OF_EACH.values()), ids=list(ONE_OF_EACH))
def test_one_selected_object_gives_exactly_these_members_and_resources(
    sample: Loaded, tmp_path: Path, select: Any, listed: dict[str, str], documented: dict[Kind, set[int]]
) -> None:
    report = export(sample, tmp_path / "p.imscc", select=select)
    with zipfile.ZipFile(tmp_path / "p.imscc") as package:
        found = resources(package)
        settings_of_course = found.pop(key(Kind.COURSES, COURSE_ID))
        assert found == listed
        assert in_documents(package) == {kind: keys(kind, ids) for kind, ids in documented.items()}
        members = {name for files in (settings_of_course, *listed.values()) for name in members_of(files)}
        assert set(package.namelist()) == ALWAYS | members
    assert set(settings_of_course.split()) == {name for name in ALWAYS if name.startswith("course_settings/")}
    assert report.packed == report.expected


def members_of(files: str) -> list[str]:
    """The members in a joined list; a course file, whose name may have blanks, stands alone."""
    return [files] if files.startswith("web_resources/") else files.split()


def test_a_flag_for_every_type_and_for_the_course_itself_is_the_whole_course(sample: Loaded, tmp_path: Path) -> None:
    whole, chosen = tmp_path / "whole.imscc", tmp_path / "chosen.imscc"
    export(sample, whole)
    export(sample, chosen, select={f"all_{name}": "1" for name in (*WHOLE_COURSE, *(k.value for k in TYPES))})
    assert chosen.read_bytes() == whole.read_bytes()


def test_the_organization_has_the_selected_modules_with_all_their_items_and_no_other(
    sample: Loaded, tmp_path: Path
) -> None:
    export(sample, tmp_path / "p.imscc", select={"modules": [1], "all_pages": "1"})
    with zipfile.ZipFile(tmp_path / "p.imscc") as package:
        root = etree.fromstring(package.read("imsmanifest.xml"))
    (module,) = root.iterfind("{*}organizations/{*}organization/{*}item/{*}item")
    assert module.get("identifier") == key(Kind.MODULES, 1)
    assert len(module.findall("{*}item")) == len(sample.course.children(Kind.MODULE_ITEMS, 1))


OF_FLAGS = {
    "course_settings": {"course_settings.xml", "late_policy.xml", "nav_menu_links.xml", "grading_standards.xml"},
    "syllabus_body": {"syllabus.html"},
}


@pytest.mark.parametrize("name", OF_FLAGS)
def test_a_flag_of_the_course_adds_its_documents_alone(sample: Loaded, tmp_path: Path, name: str) -> None:
    export(sample, tmp_path / "p.imscc", select={f"all_{name}": "1"})
    with zipfile.ZipFile(tmp_path / "p.imscc") as package:
        added = set(package.namelist()) - ALWAYS
    assert {member for member in added if not member.startswith("web_resources/")} == {
        f"course_settings/{document}" for document in OF_FLAGS[name]
    }


def everything_of(sample: Loaded) -> list[tuple[Kind, int]]:
    return [(kind, item.id) for kind in TYPES for item in sample.course.each(kind)]


@needs_shared
@given(data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_selection_gives_a_package_that_is_whole_but_for_links_that_leave_it(
    sample: Loaded, tmp_path: Path, data: st.DataObject
) -> None:
    objects = data.draw(st.lists(st.sampled_from(everything_of(sample)), max_size=12, unique=True))
    flags = data.draw(st.sets(st.sampled_from([*WHOLE_COURSE, "quizzes", "modules", "assignments"]), max_size=2))
    version = data.draw(st.sampled_from(["1.1", "1.3"]))
    select: dict[str, Any] = {"pages": [], **{f"all_{name}": "1" for name in flags}}
    for kind, object_id in objects:
        select.setdefault(kind.value, []).append(object_id)
    report = export(sample, tmp_path / "p.imscc", version, select)
    found = faults(tmp_path / "p.imscc")
    assert {code for code, _ in found} <= {"links.object", "links.file"}, found
    assert report.packed == report.expected
