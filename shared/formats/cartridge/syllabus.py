"""The syllabus: an HTML page without metas, and a resource meant as the syllabus (Canvas)."""

from __future__ import annotations

import html
import posixpath
from collections.abc import Iterator
from urllib.parse import quote

from shared.domain.kinds import Kind
from shared.formats.canvas import html_page
from shared.formats.canvas.settings_document import course_of
from shared.formats.entry import Entry
from shared.formats.importing import Importing
from shared.formats.imscp.package_source import PackageSource
from shared.formats.imscp.relative_links import RelativeLinks
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
    """Set the syllabus of the course: Canvas's own document, else what the package means to be used as the syllabus."""
    if PATH in source.package:
        source.used.add(PATH)
        page = html_page.read(source.package.read(PATH))
        html_page.warn_of_head(page, PATH, importing)
        html_page.warn_of_metas(page.metas.items(), PATH, importing)
        course_of(importing).syllabus_body = page.body
    elif (resource := source.syllabus) is not None:
        _read_other(resource, source, importing)


def _read_other(resource: Resource, source: PackageSource, importing: Importing) -> None:
    """The page of the resource; a link to a file of another form. It stays a file, to which links and items may lead."""
    member = next(member for member in (resource.href, *resource.members) if member and member in source.package)
    links = RelativeLinks(posixpath.dirname(member), source.package)
    if member.lower().endswith((".html", ".htm", ".xhtml")):
        page = html_page.read(source.package.read(member))
        html_page.warn_of_head(page, member, importing)
        html_page.warn_of_metas(page.metas.items(), member, importing)
        course_of(importing).syllabus_body = links.resolved(page.body, "syllabus_body")
    else:
        name = posixpath.basename(member)
        target = links.token(name) or quote(name)
        course_of(importing).syllabus_body = f'<p><a href="{html.escape(target)}">{html.escape(name)}</a></p>'
