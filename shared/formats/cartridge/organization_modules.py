"""The modules in an organization: by depth in a Common Cartridge, by a guess in other packages."""

from __future__ import annotations

from collections.abc import Iterator

from shared.domain.kinds import Kind
from shared.formats.cartridge import organization
from shared.formats.importing import Importing
from shared.formats.imscp.package_source import OrganizationItem, PackageManifest


def modules_of(manifest: PackageManifest, importing: Importing) -> Iterator[OrganizationItem]:
    """The modules, in order. Items outside of modules are gathered in one with the name of the course.

    The children of a single root are modules, and its identifier is kept. A root with a title that holds only leaves is
    itself a module.
    """
    roots = manifest.items
    # Common Cartridge 1.1 requires one root without a title; IMS content packages may have none.
    if len(roots) == 1 and roots[0].identifierref is None and not _is_module(roots[0]):
        root = roots[0].identifier
        if root and root != organization.ROOT:
            importing.remember(Kind.COURSES, importing.course_id, organization.ROOT, root)
        roots = roots[0].items
    loose = tuple(item for item in roots if _is_leaf(item))
    for item in roots:
        if not _is_leaf(item):
            yield item
        elif item is loose[0]:
            yield OrganizationItem(f"{manifest.identifier}_items", None, manifest.title, loose)


def _is_leaf(item: OrganizationItem) -> bool:
    return item.identifierref is not None and not item.items


def _is_module(root: OrganizationItem) -> bool:
    return bool(root.title and root.items) and all(_is_leaf(item) for item in root.items)
