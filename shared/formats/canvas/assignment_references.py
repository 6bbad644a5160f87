"""What an assignment element refers to: its group, grading standard and rubric, and how the rubric is used."""

from __future__ import annotations

from typing import Any

from shared.domain.content.assignments import Assignment, RubricSettings, SavedComment
from shared.domain.kinds import Kind
from shared.formats import xml
from shared.formats.canvas import fields
from shared.formats.importing import Importing
from shared.formats.packing import Packing

_STANDARD = fields.whole("grading_standard_external_identifier")
_RUBRIC_USE = fields.flag("rubric_use_for_grading", "use_rubric_for_grading")
_RUBRIC = (
    fields.flag("rubric_hide_points", "hide_points"),
    fields.flag("rubric_hide_outcome_results", "hide_outcome_results"),
    fields.flag("rubric_hide_score_total", "hide_score_total"),
)
_RUBRIC_OUTSIDE = fields.whole("rubric_external_identifier", "external_identifier")
_REFERENCES = {
    "assignment_group_identifierref": ("assignment_group_id", Kind.ASSIGNMENT_GROUPS),
    "grading_standard_identifierref": ("grading_standard_id", Kind.GRADING_STANDARDS),
    "quiz_identifierref": ("quiz_id", Kind.QUIZZES),
}

ELEMENTS = (
    *_REFERENCES,
    _STANDARD.element,
    "rubric_identifierref",
    _RUBRIC_OUTSIDE.element,
    _RUBRIC_USE.element,
    *(field.element for field in _RUBRIC),
    "saved_rubric_comments",
)


def append_group_and_standard(element: xml.Element, packing: Packing, assignment: Assignment) -> None:
    """The group and the grading standard, each only where it is exported too; the standard of an account by its number."""
    # Canvas leaves out a reference to a group or standard of the course that is not selected: importers would not find
    # it.
    group = assignment.assignment_group_id
    if group is not None and packing.selected(Kind.ASSIGNMENT_GROUPS, group):
        xml.add(element, "assignment_group_identifierref", packing.key(Kind.ASSIGNMENT_GROUPS, group))
    standard = assignment.grading_standard_id
    # A standard that this course does not have is one of the account, which the importing site may know by its number.
    if standard is not None and not packing.knows(Kind.GRADING_STANDARDS, standard):
        xml.add(element, _STANDARD.element, standard)
    elif standard is not None and packing.selected(Kind.GRADING_STANDARDS, standard):
        xml.add(element, "grading_standard_identifierref", packing.key(Kind.GRADING_STANDARDS, standard))
    elif standard is None:
        fields.append(element, assignment, (_STANDARD,))


def append_rubric(element: xml.Element, packing: Packing, assignment: Assignment) -> None:
    """The rubric and how it is used; nothing for an assignment without one."""
    # A package states how a rubric is used with the assignment, the rubric itself in rubrics.xml.
    use = assignment.rubric_settings
    if use is not None and (use.id is not None or use.external_identifier is not None):
        if use.id is not None:
            xml.add(element, "rubric_identifierref", packing.key(Kind.RUBRICS, use.id))
        fields.append(element, use, (_RUBRIC_OUTSIDE,))
        fields.append(element, assignment, (_RUBRIC_USE.or_else(False),))
        fields.append(element, use, (field.or_else(False) for field in _RUBRIC))
    if assignment.saved_rubric_comments:
        container = xml.add(element, "saved_rubric_comments")
        for saved in assignment.saved_rubric_comments:
            xml.add(container, "comment", saved.comment, criterion_id=saved.criterion_id)


def read(element: xml.Element, importing: Importing, member: str) -> dict[str, Any]:
    """The fields of an Assignment that this module writes, those that the element has."""
    values = fields.read(element, (_STANDARD, _RUBRIC_USE, *_RUBRIC, _RUBRIC_OUTSIDE), importing, member, None)
    for name, (field, kind) in _REFERENCES.items():
        identifier = (xml.text_at(element, name) or "").strip()
        if identifier:
            values[field] = importing.id_of(kind, identifier)
    return _with_rubric(values, element, importing)


def _with_rubric(values: dict[str, Any], element: xml.Element, importing: Importing) -> dict[str, Any]:
    use = {name: values.pop(name) for name in RubricSettings.__struct_fields__ if name in values}
    identifier = (xml.text_at(element, "rubric_identifierref") or "").strip()
    if identifier:
        use["id"] = importing.id_of(Kind.RUBRICS, identifier)
    if use:
        values["rubric_settings"] = RubricSettings(**use)
    comments = xml.find_all(element, "saved_rubric_comments/comment")
    if comments:
        values["saved_rubric_comments"] = [
            SavedComment(criterion_id=c.get("criterion_id") or "", comment=c.text or "") for c in comments
        ]
    return values
