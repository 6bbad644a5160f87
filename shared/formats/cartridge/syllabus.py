"""The syllabus: an HTML page without metas, and a resource meant as the syllabus (Canvas)."""

from __future__ import annotations

from collections.abc import Iterator

from shared.domain.content.course import Course
from shared.domain.kinds import Kind
from shared.formats.canvas import html_page
from shared.formats.entry import Entry
from shared.formats.importing import Importing
from shared.formats.imscp.package_source import PackageSource
from shared.formats.imscp.resource import LEARNING_APPLICATION, Resource, Resources
from shared.formats.packing import Packing

PATH = "course_settings/syllabus.html"


def write(packing: Packing, resources: Resources) -> Iterator[Entry]:
    """The syllabus, even an empty one, if it is selected; nothing for a course without one."""
    course = packing.course.course
    if course.syllabus_body is None or not packing.selection.flag("syllabus_body"):
        return
    body = packing.html(Kind.COURSES, course).syllabus_body
    identifier = f"{packing.key(Kind.COURSES, course.id)}_syllabus"
    # All lower case in Canvas; the schema of Common Cartridge spells the attribute so too, in 1.1 (intendeduse).
    resources.add(Resource(identifier, LEARNING_APPLICATION, href=PATH, files=(PATH,), intendeduse="syllabus"))
    yield Entry(PATH, html_page.write("Syllabus", body))


def read(source: PackageSource, importing: Importing) -> None:
    """Set the syllabus of the course."""
    if PATH not in source.package:
        return
    source.used.add(PATH)
    if importing.course is None:
        importing.course = Course(id=importing.course_id)
    importing.course.syllabus_body = html_page.read(source.package.read(PATH)).body
