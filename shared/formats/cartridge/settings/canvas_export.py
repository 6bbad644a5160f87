"""`canvas_export.txt`: the marker by which Canvas recognises a package of its own. Its text means nothing."""

from __future__ import annotations

from shared.domain.kinds import Kind
from shared.formats.canvas.settings_document import course_of
from shared.formats.importing import Importing
from shared.formats.imscp.package_source import MARKER, PackageSource
from shared.formats.packing import Packing

_TEXT = "This package was made for Canvas: the settings of its course lie in this folder.\n"
_LONGEST = 4096  # bytes; a longer text is not worth keeping


def document(packing: Packing) -> bytes:
    """The marker, in every package: the text of the package of origin, else our own."""
    return (packing.course.course.canvas_export or _TEXT).encode()


def read(source: PackageSource, importing: Importing) -> None:
    """Keep the identifier that the package gives the course, and the text of the marker."""
    course = importing.course_id
    for resource in source.manifest.resources.values():
        if resource.href == MARKER:
            importing.remember(Kind.COURSES, course, "", resource.identifier)
        # Canvas calls the resource of the syllabus K(course)_syllabus (its lib/cc/canvas_resource.rb), so that a package
        # without the marker states the identifier of its course too.
        elif resource.identifier.endswith("_syllabus") and (Kind.COURSES, course, "") not in importing.identifiers:
            importing.remember(Kind.COURSES, course, "", resource.identifier.removesuffix("_syllabus"))
    if MARKER in source.package:
        source.used.add(MARKER)
        if source.package.size(MARKER) <= _LONGEST:
            course_of(importing).canvas_export = source.package.read(MARKER).decode("utf-8", "replace")
