"""`late_policy.xml`: what late and missing submissions cost."""

from __future__ import annotations

from functools import partial

from shared.domain.content.grading import LatePolicy
from shared.domain.kinds import Kind
from shared.formats import xml
from shared.formats.canvas import fields
from shared.formats.canvas.settings_document import FOLDER, identity, open_root
from shared.formats.importing import Importing
from shared.formats.imscp.package_source import PackageSource
from shared.formats.packing import Packing

NAME = "late_policy.xml"

# Canvas writes all seven always; the defaults are those of a new policy in Canvas.
_FIELDS = (
    fields.flag("missing_submission_deduction_enabled").or_else(False),
    fields.number("missing_submission_deduction").or_else(100.0),
    fields.flag("late_submission_deduction_enabled").or_else(False),
    fields.number("late_submission_deduction").or_else(0.0),
    fields.text("late_submission_interval").or_else("day"),
    fields.flag("late_submission_minimum_percent_enabled").or_else(False),
    fields.number("late_submission_minimum_percent").or_else(0.0),
)


def document(packing: Packing) -> bytes | None:
    """The course's policy, where it has one and the course settings are selected."""
    policy: LatePolicy | None = next(iter(packing.course.each(Kind.LATE_POLICIES)), None)
    if policy is None or not packing.selection.flag("course_settings"):
        return None
    return packing.packed(Kind.LATE_POLICIES, policy, partial(_document, packing))


def _document(packing: Packing, policy: LatePolicy) -> bytes:
    root = xml.root("late_policy", identifier=packing.key(Kind.LATE_POLICIES, policy.id))
    fields.append(root, policy, _FIELDS)
    return xml.serialize(root)


def read(source: PackageSource, importing: Importing) -> None:
    """The policy of the package."""
    root = open_root(source, importing, NAME, "late_policy")
    if root is not None:
        values = fields.read(root, _FIELDS, importing, FOLDER + NAME)
        importing.add(Kind.LATE_POLICIES, LatePolicy(**identity(root, Kind.LATE_POLICIES, importing), **values))
