"""What the objects of a selection bring with them into a cartridge. Source: Canvas, which adds it while it writes.

    a module                   what its items show
    a module item              what it shows, without the module
    an assignment              the quiz, topic or page behind it; its rubric, its tool, its document to annotate
    a quiz or topic            its assignment, which travels inside it
    a topic                    its attachments
    a rubric                   the outcomes of its criteria
    the course's settings      its grading standard
    HTML, anywhere             the files that it refers to: `PackageLinks` adds these as it meets them

Not brought along, as in Canvas: assignment groups, grading standards of assignments, question banks of quizzes, outcomes
without a rubric, tools of the account, calendar events, the course's pictures, and what HTML links to without being a
file.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from shared.domain.content.assignments import Assignment
from shared.domain.content.modules import ModuleItem
from shared.domain.kinds import GRADED, Kind
from shared.formats.packing import Packing


def complete(packing: Packing) -> None:
    """Add to a selection all that its objects need beside them, each with the reason; nothing where all is selected."""
    if packing.selection.everything:
        return
    bringing = _Bringing(packing)
    for ref in packing.course.refs():
        bringing.known.add((ref.kind, ref.id))
        if ref.kind is Kind.PAGES and ref.slug:
            bringing.pages[ref.slug] = ref.id
    for rule in (_modules, _items, _graded, _assignments, _topics, _rubrics, _course, _folders):
        rule(bringing)


@dataclass(slots=True)
class _Bringing:
    """A selection that is being completed."""

    packing: Packing
    known: set[tuple[Kind, int]] = field(default_factory=set)  # every object that may be dragged in
    pages: dict[str, int] = field(default_factory=dict)  # by url
    page_work: set[int] = field(default_factory=set)  # assignments of selected pages, which stand nowhere themselves

    def add(self, kind: Kind, object_id: int | None, reason: str) -> None:
        """Drag in an object of the course. An announcement goes by the id of a topic."""
        if kind is Kind.DISCUSSION_TOPICS and (Kind.ANNOUNCEMENTS, object_id) in self.known:
            kind = Kind.ANNOUNCEMENTS
        if object_id is not None and (kind, object_id) in self.known:
            self.packing.selection.add(kind, object_id, reason)

    def add_shown(self, item: ModuleItem, reason: str) -> None:
        """Drag in what a module item shows. REST names a page by its url."""
        if item.content_kind is not None:
            page = self.pages.get(item.page_url or "") if item.type == "Page" else None
            self.add(item.content_kind, page if item.content_id is None else item.content_id, reason)


def _modules(bringing: _Bringing) -> None:
    packing = bringing.packing
    for module in packing.course.each(Kind.MODULES):
        if packing.selected(Kind.MODULES, module.id):
            for item in packing.course.children(Kind.MODULE_ITEMS, module.id):
                bringing.add_shown(item, f"it is in the module {module.name}")


def _items(bringing: _Bringing) -> None:
    for item in bringing.packing.course.each(Kind.MODULE_ITEMS):
        if bringing.packing.selected(Kind.MODULE_ITEMS, item.id):
            bringing.add_shown(item, f"the module item {item.title} shows it")


def _graded(bringing: _Bringing) -> None:
    """What is graded goes with its assignment, and the other way about."""
    packing = bringing.packing
    for kind in GRADED:
        for item in packing.course.each(kind):
            if item.assignment_id is None:
                continue
            if packing.selected(Kind.ASSIGNMENTS, item.assignment_id):
                bringing.add(kind, item.id, "its assignment is selected")
            elif packing.selected(kind, item.id):
                if kind is Kind.PAGES:
                    bringing.page_work.add(item.assignment_id)
                else:
                    bringing.add(Kind.ASSIGNMENTS, item.assignment_id, f"{item.title} is graded by it")


def _assignments(bringing: _Bringing) -> None:
    packing = bringing.packing
    for assignment in packing.course.each(Kind.ASSIGNMENTS):
        if packing.selected(Kind.ASSIGNMENTS, assignment.id) or assignment.id in bringing.page_work:
            for part in (assignment, *(assignment.sub_assignments or ())):
                _assignment(bringing, part)


def _assignment(bringing: _Bringing, assignment: Assignment) -> None:
    used = f"used by the assignment {assignment.name}"
    if assignment.rubric_settings is not None:
        bringing.add(Kind.RUBRICS, assignment.rubric_settings.id, used)
    if assignment.external_tool_tag_attributes is not None:
        bringing.add(Kind.EXTERNAL_TOOLS, assignment.external_tool_tag_attributes.content_id, used)
    annotated = f"annotated in the assignment {assignment.name}"
    bringing.add(Kind.FILES, assignment.annotatable_attachment_id, annotated)


def _topics(bringing: _Bringing) -> None:
    packing = bringing.packing
    for kind in (Kind.DISCUSSION_TOPICS, Kind.ANNOUNCEMENTS):
        for topic in packing.course.each(kind):
            if topic.attachments and packing.selected(kind, topic.id):
                for attachment in topic.attachments:
                    bringing.add(Kind.FILES, attachment.id, f"attached to the topic {topic.title}")


def _rubrics(bringing: _Bringing) -> None:
    packing = bringing.packing
    for rubric in packing.course.each(Kind.RUBRICS):
        if packing.selected(Kind.RUBRICS, rubric.id):
            for criterion in rubric.data or ():
                bringing.add(Kind.LEARNING_OUTCOMES, criterion.learning_outcome_id, f"in the rubric {rubric.title}")


def _course(bringing: _Bringing) -> None:
    if bringing.packing.selection.flag("course_settings"):
        standard = bringing.packing.course.course.grading_standard_id
        bringing.add(Kind.GRADING_STANDARDS, standard, "used by the course")


def _folders(bringing: _Bringing) -> None:
    """A selected folder brings nothing (Canvas): a cartridge is made of files. Whoever asked is told."""
    selection = bringing.packing.selection
    if any(selection.chosen.get(Kind.FOLDERS, {}).values()) or "all_folders" in selection.flags:
        sentence = "A selected folder adds nothing to a cartridge: select its files, or export a zip."
        bringing.packing.report.warn("folder_adds_nothing", sentence, kind=Kind.FOLDERS)
