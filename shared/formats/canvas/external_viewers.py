"""`course_settings/external_viewers.xml`: services that show a file for its readers, media and documents mostly.

Source: packages of Canvas, and Instructure's Common Cartridge viewer, which takes one viewer for a file.
"""

from __future__ import annotations

from shared.domain.content.files import ExternalViewer
from shared.domain.kinds import Kind
from shared.formats import xml
from shared.formats.canvas.settings_document import FOLDER, is_due, open_root
from shared.formats.importing import Importing
from shared.formats.imscp.package_source import WEB_RESOURCES, PackageSource
from shared.formats.packing import Packing

NAME = "external_viewers.xml"
PATH = f"{FOLDER}{NAME}"


def document(packing: Packing) -> bytes | None:
    """`<externalViewers>` of the packed files, by their paths in the package; None where no packed file has a viewer."""
    shown = [
        (file.id, file.external_viewer)
        for file in packing.course.each(Kind.FILES)
        if file.external_viewer and packing.selected(Kind.FILES, file.id)
    ]
    if not shown and not is_due(packing, NAME):
        return None
    root = xml.root("externalViewers")
    paths = packing.file_paths.files if shown else {}
    for file_id, viewer in shown:
        if file_id in paths:
            element = xml.add(root, "externalViewer", path=f"{WEB_RESOURCES}/{paths[file_id]}")
            xml.set_if(element, service=viewer.service, id=viewer.id)
    return xml.serialize(root)


def read(source: PackageSource, importing: Importing) -> dict[str, ExternalViewer]:
    """The viewers by the members that they show. Of two for one member the last counts, as in Instructure's viewer."""
    root = open_root(source, importing, NAME, "externalViewers")
    if root is None:
        return {}
    return {
        element.get("path") or "": ExternalViewer(service=element.get("service"), id=element.get("id"))
        for element in xml.find_all(root, "externalViewer")
    }
