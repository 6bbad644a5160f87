"""`assignment_groups.xml`: the groups, their weights, and which scores are dropped."""

from __future__ import annotations

from shared.domain.content.assignments import AssignmentGroup, GroupRules
from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.canvas import fields
from shared.formats.canvas.settings_document import FOLDER, append_selected, identity, is_due, open_root, reference
from shared.formats.importing import Importing
from shared.formats.imscp.package_source import PackageSource
from shared.formats.packing import Packing

NAME = "assignment_groups.xml"

_FIELDS = (
    fields.text("title", "name").required,
    fields.whole("position").required,
    fields.number("group_weight"),
)
_COUNTS = ("drop_lowest", "drop_highest")
_NEVER = "never_drop"


def document(packing: Packing) -> bytes | None:
    """The selected groups, if the course has groups. A selection of all assignments includes all groups."""
    if not is_due(packing, NAME, Kind.ASSIGNMENT_GROUPS):
        return None
    root = xml.root("assignmentGroups")
    append_selected(root, packing, Kind.ASSIGNMENT_GROUPS, "assignmentGroup", _fill)
    return xml.serialize(root)


def _fill(element: xml.Element, packing: Packing, group: AssignmentGroup) -> None:
    fields.append(element, group, _FIELDS)
    rules = group.rules or GroupRules()
    # Never-drop rules name the assignment, also where a quiz or topic is behind it; Canvas skips deleted ones.
    never = [i for i in rules.never_drop or () if packing.knows(Kind.ASSIGNMENTS, i)]
    counts = [(name, getattr(rules, name)) for name in _COUNTS if getattr(rules, name)]
    if not counts and not never:
        return
    container = xml.add(element, "rules")
    for name, count in counts:
        rule = xml.add(container, "rule")
        xml.add(rule, "drop_type", name)
        xml.add(rule, "drop_count", count)
    for assignment in never:
        rule = xml.add(container, "rule")
        xml.add(rule, "drop_type", _NEVER)
        xml.add(rule, "identifierref", packing.key(Kind.ASSIGNMENTS, assignment))


def read(source: PackageSource, importing: Importing) -> None:
    """Add the groups of the package; a warning for a rule of an unknown type."""
    root = open_root(source, importing, NAME, "assignmentGroups")
    for element in [] if root is None else xml.find_all(root, "assignmentGroup"):
        values = fields.read(element, _FIELDS, importing, FOLDER + NAME, ("rules",))
        rules = _read_rules(element, importing)
        group = AssignmentGroup(**identity(element, Kind.ASSIGNMENT_GROUPS, importing), rules=rules, **values)
        importing.add(Kind.ASSIGNMENT_GROUPS, group)


def _read_rules(element: xml.Element, importing: Importing) -> GroupRules | None:
    rules = GroupRules()
    for rule in xml.find_all(element, "rules/rule"):
        kind = (xml.text_at(rule, "drop_type") or "").strip()
        assignment = reference(rule, "identifierref", Kind.ASSIGNMENTS, importing)
        if kind in _COUNTS:
            setattr(rules, kind, xml.int_at(rule, "drop_count"))
        elif kind == _NEVER and assignment is not None:
            rules.never_drop = [*(rules.never_drop or ()), assignment]
        else:
            importing.warn(WarningCode.RULE_UNKNOWN, FOLDER + NAME, f"A rule of the type {kind!r} was not taken in.")
    return None if rules == GroupRules() else rules
