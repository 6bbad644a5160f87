"""`context.xml`: the course and the site that a package comes from."""

from __future__ import annotations

from shared.domain.content.course import ContextInfo
from shared.formats import xml
from shared.formats.canvas import fields
from shared.formats.canvas.settings_document import FOLDER, course_of, open_root
from shared.formats.importing import Importing
from shared.formats.imscp.package_source import PackageSource
from shared.formats.packing import Packing

NAME = "context.xml"

_FIELDS = tuple(fields.text(name).required for name in ContextInfo.__struct_fields__)


def document(packing: Packing) -> bytes:
    """The origin of the content, in every package: the one stated in the package of origin, else this course and host."""
    root = xml.root("context_info")
    fields.append(root, packing.course.course.context_info or _own(packing), _FIELDS)
    return xml.serialize(root)


def _own(packing: Packing) -> ContextInfo:
    course = packing.course.course
    return ContextInfo(
        course_id=str(course.id),
        course_name=course.name,
        root_account_id=None if course.root_account_id is None else str(course.root_account_id),
        root_account_uuid=course.root_account_uuid,
        canvas_domain=packing.request.host.split("://", 1)[-1] or None,
    )


def read(source: PackageSource, importing: Importing) -> None:
    """Set the origin that the package states."""
    root = open_root(source, importing, NAME, "context_info")
    if root is not None:
        values = fields.read(root, _FIELDS, importing, FOLDER + NAME)
        course_of(importing).context_info = ContextInfo(**values) if values else None
