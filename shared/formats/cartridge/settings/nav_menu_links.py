"""`nav_menu_links.xml`: the links that a course has in its navigation."""

from __future__ import annotations

from shared.domain.content.feeds_and_links import NavMenuLink
from shared.domain.kinds import Kind
from shared.formats import xml
from shared.formats.canvas import fields
from shared.formats.canvas.settings_document import FOLDER, append_object, identity, open_root
from shared.formats.importing import Importing
from shared.formats.imscp.package_source import PackageSource
from shared.formats.packing import Packing

NAME = "nav_menu_links.xml"

_FIELDS = (fields.text("label").required, fields.text("url").required)


def document(packing: Packing) -> bytes | None:
    """The links, if the course has any and its settings are selected."""
    if not packing.selection.flag("course_settings") or not packing.course.count(Kind.NAV_MENU_LINKS):
        return None
    root = xml.root("navMenuLinks")
    for link in packing.course.each(Kind.NAV_MENU_LINKS):
        append_object(root, packing, Kind.NAV_MENU_LINKS, link, "navMenuLink", fill=_fill)
    return xml.serialize(root)


def _fill(element: xml.Element, packing: Packing, link: NavMenuLink) -> None:
    """Append a link; its address is rewritten as links in HTML are."""
    fields.append(element, packing.html(Kind.NAV_MENU_LINKS, link), _FIELDS)


def read(source: PackageSource, importing: Importing) -> None:
    """The links of the package."""
    root = open_root(source, importing, NAME, "navMenuLinks")
    for element in [] if root is None else xml.find_all(root, "navMenuLink"):
        values = fields.read(element, _FIELDS, importing, FOLDER + NAME)
        importing.add(Kind.NAV_MENU_LINKS, NavMenuLink(**identity(element, Kind.NAV_MENU_LINKS, importing), **values))
