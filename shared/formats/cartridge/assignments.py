"""Assignments of their own: a folder each, with an HTML page and the settings (Canvas) or an `assignment.xml` (CC 1.3).

The assignment of a quiz, a topic or a page is written with that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

from shared.domain.content.assignments import Assignment
from shared.domain.kinds import Kind
from shared.domain.slugs import slug
from shared.formats import xml
from shared.formats.canvas import assignment_element, html_page, text_element
from shared.formats.entry import Entry
from shared.formats.imscp.resource import LEARNING_APPLICATION, WEBCONTENT, Resource, Resources
from shared.formats.packing import Packing

SETTINGS = "assignment_settings.xml"
DOCUMENT = "assignment.xml"
# The type of Common Cartridge 1.3. Version 1.1 has no assignments: Canvas lists them as learning application resources.
TYPE = "assignment_xmlv1p0"
FALLBACK = "_fallback"
# The words of an assignment for its instructors alone. Canvas has no place for them: kept as an unknown field.
INSTRUCTOR_TEXT = "instructor_text"
EXTENSION = "_canvas"
TITLE_PREFIX = "Assignment: "
# Submission type of Canvas -> format of Common Cartridge 1.3, which has no others.
FORMATS = {"online_text_entry": "html", "online_url": "url", "online_upload": "file"}

_NAMESPACE = "http://www.imsglobal.org/xsd/imscc_extensions/assignment"
_XSD = "http://www.imsglobal.org/profile/cc/cc_extensions/cc_extresource_assignmentv1p0_v1p0.xsd"
# An assignment with one of these types earns no grade of its own.
_UNGRADED = ("not_graded", "wiki_page")
# What an assignment may be the grade of: the field that names it, the submission type that hints at it, and its kind.
_BACKERS = (
    ("quiz_id", "online_quiz", Kind.QUIZZES),
    ("discussion_topic_id", "discussion_topic", Kind.DISCUSSION_TOPICS),
    ("page_id", "wiki_page", Kind.PAGES),
)


@dataclass(slots=True)
class _Backed:
    """Recognises the assignments that are packed with a quiz, topic or page. Each kind is read when it is first needed."""

    packing: Packing
    claimed: dict[Kind, set[int | None]] = field(default_factory=dict)

    def has(self, assignment: Assignment) -> bool:
        """Whether a quiz, topic or page of this course names the assignment as its own."""
        return any(
            # One side of the relation suffices in a course that was loaded from REST objects, so both are read.
            (getattr(assignment, name) is not None or submission in (assignment.submission_types or ()))
            and assignment.id in self._claimed(kind)
            for name, submission, kind in _BACKERS
        )

    def _claimed(self, kind: Kind) -> set[int | None]:
        if kind not in self.claimed:
            self.claimed[kind] = {item.assignment_id for item in self.packing.course.each(kind)}
        return self.claimed[kind]


def write(packing: Packing, resources: Resources) -> Iterator[Entry]:
    """The selected assignments that are not part of a quiz, topic or page, in course order, each with its resources."""
    for assignment in alone(packing):
        yield from packing.entries_of(Kind.ASSIGNMENTS, assignment, partial(_write, packing, resources))


def alone(packing: Packing) -> Iterator[Assignment]:
    """The selected assignments that are not part of a quiz, topic or page, in course order."""
    backed = _Backed(packing)
    for assignment in packing.course.each(Kind.ASSIGNMENTS):
        if packing.selected(Kind.ASSIGNMENTS, assignment.id) and not backed.has(assignment):
            yield assignment


def _write(packing: Packing, resources: Resources, assignment: Assignment) -> list[Entry]:
    entries, resources_of_assignment = _assignment(packing, packing.html(Kind.ASSIGNMENTS, assignment))
    for resource in resources_of_assignment:
        resources.add(resource)
    return entries


def _assignment(packing: Packing, assignment: Assignment) -> tuple[list[Entry], list[Resource]]:
    """The members and resources of one assignment: in a 1.3 package the page is the fallback of the document."""
    key = packing.key(Kind.ASSIGNMENTS, assignment.id)
    page = Entry(f"{key}/{_page_name(assignment)}.html", _page(assignment))
    if not packing.request.version.startswith("1.3"):
        root = xml.root("assignment", identifier=key)
        assignment_element.fill(root, packing, assignment)
        xml.add_if(root, INSTRUCTOR_TEXT, assignment.extra.get(INSTRUCTOR_TEXT))
        settings = Entry(f"{key}/{SETTINGS}", xml.serialize(root))
        resource = Resource(key, LEARNING_APPLICATION, href=page.path, files=(page.path, settings.path))
        return [page, settings], [resource]
    # Readers of 1.3 take the assignment, all others the page as web content (Common Cartridge 1.3, variant).
    document = Entry(f"{key}/{DOCUMENT}", _document(packing, assignment, key))
    fallback = Resource(f"{key}{FALLBACK}", WEBCONTENT, files=(page.path,), variant_of=key)
    return [document, page], [Resource(key, TYPE, href=document.path, files=(document.path,)), fallback]


def _page_name(assignment: Assignment) -> str:
    return assignment.html_name or slug(assignment.name) or "assignment"


def _page(assignment: Assignment) -> bytes:
    """The readable form, and in a 1.1 package the only place of the description."""
    return html_page.write(f"{TITLE_PREFIX}{assignment.name}", assignment.description or "")


def _document(packing: Packing, assignment: Assignment, key: str) -> bytes:
    """`assignment.xml` with Canvas's own data as its extension."""
    root = standard_document(assignment, key)
    # Canvas's own importer reads this element and ignores the standard ones around it.
    extension = xml.root("assignment", identifier=f"{key}{EXTENSION}")
    xml.add(root, "extensions").append(extension)
    assignment_element.fill(extension, packing, assignment)
    return xml.serialize(root)


def standard_document(assignment: Assignment, key: str) -> xml.Element:
    """The root of `assignment.xml`. Source: Common Cartridge 1.3, assignment extension 1.0."""
    types = assignment.submission_types or []
    root = xml.root("assignment", _NAMESPACE, _XSD, identifier=key)
    xml.add(root, "title", assignment.name)
    text_element.append(root, assignment.description)
    note = assignment.extra.get(INSTRUCTOR_TEXT)
    if note:
        text_element.append(root, str(note), INSTRUCTOR_TEXT)
    gradable = xml.add(root, "gradable", not any(name in types for name in _UNGRADED))
    if assignment.points_possible is not None:
        gradable.set("points_possible", xml.text_of(assignment.points_possible))
    formats = xml.add(root, "submission_formats")
    for name in types:
        if name in FORMATS:
            xml.add(formats, "format", type=FORMATS[name])
    return root
