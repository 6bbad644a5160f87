"""`lti_context_controls.xml`: which LTI tools are available in the course."""

from __future__ import annotations

from shared.domain.content.feeds_and_links import LtiContextControl
from shared.domain.kinds import Kind
from shared.formats import xml
from shared.formats.canvas import fields
from shared.formats.canvas.settings_document import FOLDER, append_object, identity, is_due, open_root, reference
from shared.formats.importing import Importing
from shared.formats.imscp.package_source import PackageSource
from shared.formats.packing import Packing

NAME = "lti_context_controls.xml"

_FIELDS = (fields.flag("available").or_else(False), fields.text("deployment_url").required)
_TOOL = "deployment_migration_id"
_OUTSIDE = fields.whole("preferred_deployment_id")


def document(packing: Packing) -> bytes | None:
    """The controls of exported tools, and with the course settings those of the account's tools."""
    if not is_due(packing, NAME, Kind.LTI_CONTEXT_CONTROLS):
        return None
    root = xml.root("lti_context_controls")
    for control in packing.course.each(Kind.LTI_CONTEXT_CONTROLS):
        if _is_exported(packing, control):
            append_object(root, packing, Kind.LTI_CONTEXT_CONTROLS, control, "lti_context_control", fill=_fill)
    return xml.serialize(root)


def _is_exported(packing: Packing, control: LtiContextControl) -> bool:
    tool = _tool(packing, control)
    return packing.selection.flag("course_settings") if tool is None else packing.selected(Kind.EXTERNAL_TOOLS, tool)


def _tool(packing: Packing, control: LtiContextControl) -> int | None:
    """The tool of this course that the control is about; None for one of the account."""
    tool = control.deployment_id
    return tool if tool is not None and packing.knows(Kind.EXTERNAL_TOOLS, tool) else None


def _fill(element: xml.Element, packing: Packing, control: LtiContextControl) -> None:
    fields.append(element, control, _FIELDS)
    tool = _tool(packing, control)
    if tool is not None:
        xml.add(element, _TOOL, packing.key(Kind.EXTERNAL_TOOLS, tool))
    else:
        outside = control.preferred_deployment_id
        xml.add_if(element, _OUTSIDE.element, control.deployment_id if outside is None else outside)


def read(source: PackageSource, importing: Importing) -> None:
    """The controls of the package."""
    root = open_root(source, importing, NAME, "lti_context_controls")
    for element in [] if root is None else xml.find_all(root, "lti_context_control"):
        control = LtiContextControl(
            **identity(element, Kind.LTI_CONTEXT_CONTROLS, importing),
            **fields.read(element, (*_FIELDS, _OUTSIDE), importing, FOLDER + NAME, (_TOOL,)),
        )
        control.deployment_id = reference(element, _TOOL, Kind.EXTERNAL_TOOLS, importing)
        importing.add(Kind.LTI_CONTEXT_CONTROLS, control)
