"""Completes the selection of a cartridge with what selected objects bring along. Source: Canvas, as it writes each.

    a module                   what its items show
    a module item              what it shows, without the module
    an assignment              the quiz, topic or page behind it; its rubric, its tool, its document to annotate
    a quiz or topic            its assignment, which travels inside it
    a topic                    its attachments
    a rubric                   the outcomes of its criteria
    the course's settings      its grading standard
    HTML, anywhere             the files that it names

Not brought along, as in Canvas: assignment groups, grading standards of assignments, question banks of quizzes, outcomes
without a rubric, tools of the account, calendar events, the course's pictures, and what HTML links to without being a
file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from shared.domain.content.assignments import Assignment
from shared.domain.content.content_object import Content
from shared.domain.content.modules import ModuleItem
from shared.domain.kinds import GRADED, Kind
from shared.domain.packages.package_options import Target
from shared.domain.warning_codes import WarningCode
from shared.formats.cartridge import assignments, topics
from shared.formats.cartridge.settings import learning_outcomes
from shared.formats.packing import Packing
from shared.formats.qti import portable_items
from shared.formats.qti.quiz_items import questions_of
from shared.formats.selection_closure import SelectionClosure


def settle(packing: Packing) -> None:
    """Fix what goes into the cartridge: what is selected and all that it brings along, each with the reason.

    A selection of everything is complete already.
    """
    if packing.selection.everything:
        return
    completing = _CartridgeSelection(packing)
    for ref in packing.course.refs():
        completing.known.add((ref.kind, ref.id))
        if ref.kind is Kind.PAGES and ref.slug:
            completing.pages[ref.slug] = ref.id
    # In this order, since a rule sees what the rules before it brought: a module brings a quiz, the quiz its
    # assignment, the assignment its rubric, the rubric its outcomes.
    for rule in (_modules, _items, _graded, _assignments, _topics, _rubrics, _course, _folders):
        rule(completing)
    packing.settle(completing.selection())
    # HTML comes last: only objects that are packed are read for links, and files bring nothing along.
    for kind, item in _with_html(packing):
        completing.add_files_of(kind, item)
    packing.settle(completing.selection())


@dataclass(slots=True)
class _CartridgeSelection(SelectionClosure):
    """The selection of a cartridge that is being completed."""

    # Every object of the course: what a package of origin named without holding it cannot be brought along.
    known: set[tuple[Kind, int]] = field(default_factory=set)
    pages: dict[str, int] = field(default_factory=dict)  # by url
    # Assignments of selected pages, which stand nowhere themselves.
    page_work: set[int] = field(default_factory=set)

    def each(self, kind: Kind) -> Iterator[Any]:
        """The objects of a kind that go in, as far as it is known now."""
        return (item for item in self.packing.course.each(kind) if self.selected(kind, item.id))

    def add_known(self, kind: Kind, object_id: int | None, reason: str) -> None:
        """Bring along an object of the course, and nothing for None. An announcement goes by the id of a topic."""
        if kind is Kind.DISCUSSION_TOPICS and (Kind.ANNOUNCEMENTS, object_id) in self.known:
            kind = Kind.ANNOUNCEMENTS
        if object_id is not None and (kind, object_id) in self.known:
            self.add(kind, object_id, reason)

    def add_shown(self, item: ModuleItem, reason: str) -> None:
        """Bring along what a module item shows. REST names a page by its url."""
        if item.content_kind is not None:
            page = self.pages.get(item.page_url or "") if item.type == "Page" else None
            self.add_known(item.content_kind, page if item.content_id is None else item.content_id, reason)


def _modules(completing: _CartridgeSelection) -> None:
    for module in completing.each(Kind.MODULES):
        for item in completing.packing.course.children(Kind.MODULE_ITEMS, module.id):
            completing.add_shown(item, f"it is in the module {module.name}")


def _items(completing: _CartridgeSelection) -> None:
    for item in completing.each(Kind.MODULE_ITEMS):
        completing.add_shown(item, f"the module item {item.title} shows it")


def _graded(completing: _CartridgeSelection) -> None:
    """A quiz, topic or page brings its assignment, and the assignment brings it."""
    for kind in GRADED:
        for item in completing.packing.course.each(kind):
            if item.assignment_id is not None:
                _graded_by(completing, kind, item, item.assignment_id)


def _graded_by(completing: _CartridgeSelection, kind: Kind, item: Any, assignment_id: int) -> None:
    if completing.selected(Kind.ASSIGNMENTS, assignment_id):
        completing.add_known(kind, item.id, "its assignment is selected")
    elif completing.selected(kind, item.id) and kind is Kind.PAGES:
        # A cartridge has the assignment of a page only as metas of the page, but Canvas still brings its rubric and
        # tool.
        completing.page_work.add(assignment_id)
    elif completing.selected(kind, item.id):
        completing.add_known(Kind.ASSIGNMENTS, assignment_id, f"{item.title} is graded by it")


def _assignments(completing: _CartridgeSelection) -> None:
    for assignment in completing.packing.course.each(Kind.ASSIGNMENTS):
        if completing.selected(Kind.ASSIGNMENTS, assignment.id) or assignment.id in completing.page_work:
            for part in (assignment, *(assignment.sub_assignments or ())):
                _assignment(completing, part)


def _assignment(completing: _CartridgeSelection, assignment: Assignment) -> None:
    used = f"used by the assignment {assignment.name}"
    if assignment.rubric_settings is not None:
        completing.add_known(Kind.RUBRICS, assignment.rubric_settings.id, used)
    if assignment.external_tool_tag_attributes is not None:
        completing.add_known(Kind.EXTERNAL_TOOLS, assignment.external_tool_tag_attributes.content_id, used)
    annotated = f"annotated in the assignment {assignment.name}"
    completing.add_known(Kind.FILES, assignment.annotatable_attachment_id, annotated)


def _topics(completing: _CartridgeSelection) -> None:
    for kind in topics.KINDS:
        for topic in completing.each(kind):
            for attachment in topic.attachments or ():
                completing.add_known(Kind.FILES, attachment.id, f"attached to the topic {topic.title}")


def _rubrics(completing: _CartridgeSelection) -> None:
    for rubric in completing.each(Kind.RUBRICS):
        for criterion in rubric.data or ():
            completing.add_known(Kind.LEARNING_OUTCOMES, criterion.learning_outcome_id, f"in the rubric {rubric.title}")


def _course(completing: _CartridgeSelection) -> None:
    if completing.packing.selection.flag("course_settings"):
        standard = completing.packing.course.course.grading_standard_id
        completing.add_known(Kind.GRADING_STANDARDS, standard, "used by the course")


def _folders(completing: _CartridgeSelection) -> None:
    """A selected folder brings nothing (Canvas): a cartridge is made of files. The report says so."""
    selection = completing.packing.selection
    if any(selection.chosen.get(Kind.FOLDERS, {}).values()) or "all_folders" in selection.flags:
        sentence = "A selected folder adds nothing to a cartridge: select its files, or export a zip."
        completing.packing.report.warn(WarningCode.FOLDER_ADDS_NOTHING, sentence, kind=Kind.FOLDERS)


def _with_html(packing: Packing) -> Iterator[tuple[Kind, Content]]:
    """The objects whose HTML goes into a cartridge, in the order in which it is written."""
    course, flag = packing.course, packing.selection.flag
    questions = portable_items.questions_of if packing.request.target is Target.GENERIC else questions_of
    if flag("syllabus_body"):
        yield Kind.COURSES, course.course
    yield from ((kind, item) for _, kind, item in learning_outcomes.placed(packing))
    yield from _selected(packing, Kind.CALENDAR_EVENTS)
    if flag("course_settings"):
        yield from ((Kind.NAV_MENU_LINKS, link) for link in course.each(Kind.NAV_MENU_LINKS))
    yield from _selected(packing, Kind.PAGES)
    yield from ((Kind.ASSIGNMENTS, assignment) for assignment in assignments.alone(packing))
    for kind in topics.KINDS:
        yield from _selected(packing, kind)
    for _, quiz in _selected(packing, Kind.QUIZZES):
        yield Kind.QUIZZES, quiz
        yield from questions(quiz, packing)
    for _, bank in _selected(packing, Kind.QUESTION_BANKS):
        yield from ((Kind.BANK_QUESTIONS, question) for question in course.children(Kind.BANK_QUESTIONS, bank.id))


def _selected(packing: Packing, kind: Kind) -> Iterator[tuple[Kind, Any]]:
    return ((kind, item) for item in packing.course.each(kind) if packing.selected(kind, item.id))
