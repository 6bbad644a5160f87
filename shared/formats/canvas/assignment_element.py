"""Canvas's assignment element: the same in assignment_settings.xml, topic meta, quiz meta and discussion checkpoints.

    append(parent, packing, assignment) -> the element     for an assignment inside a topic or a quiz
    fill(element, packing, assignment)                      for an element that is there, such as a root
    read(element, importing, member) -> Assignment          not yet added: a topic or quiz sets its own id on it first
    append_overrides, read_overrides                        `<assignment_overrides>`, which a quiz has as well

Callers count the assignment in the report. No field of the element is HTML: the description stands elsewhere.
Order and conditions of all elements: Canvas's lib/cc/assignment_resources.rb.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from shared.domain.content.assignments import Assignment, AssignmentOverride
from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats import times, xml
from shared.formats.canvas import assignment_references as references
from shared.formats.canvas import assignment_tools as tools
from shared.formats.canvas import fields, workflow_state
from shared.formats.identifiers import global_id, hashed
from shared.formats.importing import Importing
from shared.formats.packing import Packing

# The set type of an override that stands for a mastery path.
_NOOP = "Noop"
_CHECKPOINT = "sub_assignment"

_HEAD = (
    fields.text("title", "name").required,
    fields.text("time_zone_edited"),
    # These three are written empty where there is none: the schema has a type for it (cccv1p0.xsd, optional_dateTime).
    fields.moment("due_at").required,
    fields.moment("lock_at").required,
    fields.moment("unlock_at").required,
    fields.flag("module_locked").or_else(False),
    fields.day("all_day_date"),
    fields.moment("peer_reviews_due_at", "peer_reviews_assign_at"),
)
# Written where there is a value: Canvas leaves out nil and "", but writes false and 0.
_SETTINGS = (
    fields.number("points_possible"),
    fields.text("grading_type"),
    fields.flag("all_day"),
    fields.words("submission_types"),
    fields.whole("position"),
    fields.flag("turnitin_enabled"),
    fields.flag("vericite_enabled"),
    fields.whole("peer_review_count"),
    fields.flag("peer_reviews"),
    fields.flag("automatic_peer_reviews"),
    fields.flag("anonymous_peer_reviews"),
    fields.flag("grade_group_students_individually"),
    fields.flag("freeze_on_copy"),
    # What post_policy is today; packages of older versions of Canvas have it.
    fields.flag("muted"),
    fields.flag("omit_from_final_grade"),
    fields.flag("hide_in_gradebook"),
    fields.flag("intra_group_peer_reviews"),
    fields.flag("only_visible_to_overrides"),
    fields.flag("post_to_sis"),
    fields.flag("moderated_grading"),
    fields.whole("grader_count"),
    fields.flag("grader_comments_visible_to_graders"),
    fields.flag("anonymous_grading"),
    fields.flag("graders_anonymous_to_graders"),
    fields.flag("grader_names_visible_to_final_grader"),
    fields.flag("anonymous_instructor_annotations"),
    fields.whole("allowed_attempts"),
)
_EXTENSIONS = (fields.words("allowed_extensions").required,)
_OVERRIDE_TIMES = ("due_at", "unlock_at", "lock_at")
# Names that another function reads: `fields.read` must not warn of them.
_OTHERS = (
    "instructor_text",
    "workflow_state",
    "assignment_overrides",
    "has_group_category",
    "group_category",
    "post_policy",
    "annotatable_attachment_migration_id",
    "sub_assignments",
    *references.ELEMENTS,
    *tools.ELEMENTS,
)


def append(parent: xml.Element, packing: Packing, assignment: Assignment) -> xml.Element:
    """`<assignment identifier=...>` with everything of the assignment but its description."""
    element = xml.add(parent, "assignment", identifier=packing.key(Kind.ASSIGNMENTS, assignment.id))
    fill(element, packing, assignment)
    return element


def fill(element: xml.Element, packing: Packing, assignment: Assignment) -> None:
    """Append the children of an assignment element, in Canvas's order."""
    fields.append(element, assignment, _HEAD)
    references.append_group_and_standard(element, packing, assignment)
    state = workflow_state.written(assignment.published, assignment.workflow_state, on="published")
    xml.add(element, "workflow_state", state)
    references.append_rubric(element, packing, assignment)
    append_overrides(element, assignment.overrides)
    if assignment.quiz_id is not None:
        xml.add(element, "quiz_identifierref", packing.key(Kind.QUIZZES, assignment.quiz_id))
    fields.append(element, assignment, _EXTENSIONS)
    append_group_category(element, assignment)
    fields.append(element, assignment, _SETTINGS)
    tools.append(element, packing, assignment)
    _append_last_elements(element, packing, assignment)


def _append_last_elements(element: xml.Element, packing: Packing, assignment: Assignment) -> None:
    if assignment.post_manually is not None:
        xml.add(xml.add(element, "post_policy"), "post_manually", assignment.post_manually)
    tools.append_line_items(element, assignment)
    attachment = assignment.annotatable_attachment_id
    if attachment is not None:
        xml.add(element, "annotatable_attachment_migration_id", packing.key(Kind.FILES, attachment))
    tools.append_asset_processors(element, assignment)
    if assignment.sub_assignments:
        _append_checkpoints(xml.add(element, "sub_assignments"), packing, assignment.sub_assignments)


def _append_checkpoints(parent: xml.Element, packing: Packing, checkpoints: list[Assignment]) -> None:
    for checkpoint in checkpoints:
        # Canvas hashes a checkpoint under the name of its own class, so that it is of no kind of the model.
        identifier = checkpoint.migration_id or hashed(f"sub_assignment_{global_id(checkpoint.id)}")
        child = xml.add(parent, _CHECKPOINT, identifier=identifier)
        child.set("tag", xml.text_of(checkpoint.sub_assignment_tag))
        fill(child, packing, checkpoint)


def append_group_category(element: xml.Element, item: object) -> None:
    """`has_group_category`, and the name of the group set where there is one; for assignments and topics."""
    name = getattr(item, "group_category", None)
    has_category = (
        name or getattr(item, "group_category_id", None) is not None or getattr(item, "has_group_category", None)
    )
    xml.add(element, "has_group_category", bool(has_category))
    xml.add_if(element, "group_category", name)


def append_overrides(parent: xml.Element, overrides: list[AssignmentOverride] | None) -> None:
    """`<assignment_overrides>`, always there, with the mastery paths: Canvas exports no override of people or sections."""
    container = xml.add(parent, "assignment_overrides")
    for path in mastery_paths(overrides):
        xml.add(container, "override", **path)


def mastery_paths(overrides: list[AssignmentOverride] | None) -> Iterator[dict[str, Any]]:
    """The attributes of each override that stands for a mastery path: its set, its title, the dates that it moves."""
    for override in overrides or ():
        if _is_mastery_path(override):
            set_id = override.noop_id if override.set_id is None else override.set_id
            attributes: dict[str, Any] = {"set_type": _NOOP, "set_id": set_id, "title": override.title}
            attributes |= {
                name: times.raw(getattr(override, name)) for name in _OVERRIDE_TIMES if getattr(override, name)
            }
            if override.all_day is not None:
                attributes["all_day"] = override.all_day
            if override.all_day_date:
                attributes["all_day_date"] = times.date(override.all_day_date)
            yield attributes


def overrides_for_people(overrides: Iterable[AssignmentOverride] | None) -> list[AssignmentOverride]:
    """Those for students, groups and sections, which no package has."""
    return [override for override in overrides or () if not _is_mastery_path(override)]


def _is_mastery_path(override: AssignmentOverride) -> bool:
    return override.set_type == _NOOP or (override.set_type is None and override.noop_id is not None)


def read(element: xml.Element, importing: Importing, member: str, identifier: str | None = None) -> Assignment:
    """The assignment of the element, without its `description`. Warnings name `member`.

    `identifier` is given where the element's own is not the assignment's.
    """
    identifier = (identifier or element.get("identifier") or "").strip()
    # A checkpoint lies inside its assignment.
    if not identifier and xml.local(element) != _CHECKPOINT:
        identifier = importing.nameless(Kind.ASSIGNMENTS)
    values = fields.read(element, (*_HEAD, *_SETTINGS, *_EXTENSIONS), importing, member, _OTHERS)
    state = workflow_state.read(xml.text_at(element, "workflow_state"))
    values |= {**state, **references.read(element, importing, member), **tools.read(element, importing, member)}
    values |= read_group_category(element)
    assignment = Assignment(
        id=importing.id_of(Kind.ASSIGNMENTS, identifier) if identifier else importing.next_id(),
        migration_id=identifier or None,
        overrides=read_overrides(element, importing, member),
        post_manually=xml.bool_at(element, "post_policy/post_manually"),
        sub_assignments=_read_checkpoints(element, importing, member),
        **values,
    )
    attachment = (xml.text_at(element, "annotatable_attachment_migration_id") or "").strip()
    if attachment:
        assignment.annotatable_attachment_id = importing.id_of(Kind.FILES, attachment)
    return assignment


def _read_checkpoints(element: xml.Element, importing: Importing, member: str) -> list[Assignment] | None:
    """The checkpoints of an assignment; a checkpoint has none itself."""
    checkpoints: list[Assignment] = []
    if xml.local(element) == _CHECKPOINT:
        return None
    for child in xml.find_all(element, "sub_assignments/sub_assignment"):
        checkpoint = read(child, importing, member)
        checkpoint.sub_assignment_tag = child.get("tag")
        checkpoints.append(checkpoint)
    return checkpoints or None


def read_group_category(element: xml.Element) -> dict[str, str | bool]:
    """`group_category` where the group set has a name, else `has_group_category` where there is a nameless one."""
    name = (xml.text_at(element, "group_category") or "").strip()
    if name:
        return {"group_category": name}
    return {"has_group_category": True} if xml.bool_at(element, "has_group_category") else {}


def read_overrides(element: xml.Element, importing: Importing, member: str) -> list[AssignmentOverride] | None:
    """The mastery paths in the element's `<assignment_overrides>`; None for none. A warning for any other override."""
    overrides = []
    for child in xml.find_all(element, "assignment_overrides/override"):
        # Overrides of students, groups and sections are for people whom the importing course does not have.
        if child.get("set_type") != _NOOP:
            importing.warn(
                WarningCode.OVERRIDE_LEFT_OUT, member, f"An override for a {child.get('set_type')} was not taken in."
            )
            continue
        overrides.append(
            AssignmentOverride(
                title=child.get("title"),
                set_type=_NOOP,
                set_id=fields.read_int(child.get("set_id") or ""),
                all_day=fields.read_bool(child.get("all_day") or ""),
                all_day_date=child.get("all_day_date"),
                due_at=times.rest(child.get("due_at")),
                unlock_at=times.rest(child.get("unlock_at")),
                lock_at=times.rest(child.get("lock_at")),
            )
        )
    return overrides or None
