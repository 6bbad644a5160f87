"""A package of quizzes for readers other than Canvas: links by path, and the files that each document depends on."""

from __future__ import annotations

from dataclasses import replace

from shared.domain.kinds import Kind
from shared.formats.html.package_links import site_of
from shared.formats.html.portable_links import TO_ROOT, PortableLinks
from shared.formats.imscp.package_source import WEB_RESOURCES
from shared.formats.imscp.resource import Resources
from shared.formats.packing import Packing


class PortablePackage:
    """The package while it is written: its links, its resources, and the files that its documents refer to."""

    def __init__(self, packing: Packing) -> None:
        """Make links lead to files by relative paths; each document lies in a folder of the package's root."""
        self.resources = Resources()
        folder = f"{TO_ROOT}{WEB_RESOURCES}"
        self.links = PortableLinks(
            packing.links, packing.course, packing.keys, site_of(packing.course.course, packing.request.host), folder
        )
        self._paths = packing.file_paths.by_path
        self.packing = replace(packing, links=self.links)

    def linked_files(self) -> tuple[str, ...]:
        """The identifiers of the stored files that links named since the last call, in the order of their paths."""
        ids = [self._paths[path] for path in sorted(self.links.linked_paths) if path in self._paths]
        self.links.linked_paths.clear()
        files = [self.packing.course.get(Kind.FILES, file_id) for file_id in ids]
        return tuple(self.packing.key(Kind.FILES, file.id) for file in files if file is not None and file.stored)
