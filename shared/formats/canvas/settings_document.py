"""The XML documents of `course_settings/`: when a package has one, and how its reader opens it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shared.domain.content.course import Course
from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.importing import Importing
from shared.formats.imscp.package_source import SETTINGS, PackageSource
from shared.formats.packing import Packing

FOLDER = SETTINGS

Fill = Callable[[xml.Element, Packing, Any], None]


def is_due(packing: Packing, name: str, *kinds: Kind) -> bool:
    """Whether a package has a document: when the course has such content, selected or not.

    Source: Canvas, which lists an empty document where nothing of a kind is selected. A course that was imported from
    such a package keeps the name of the document.
    """
    return any(packing.course.count(kind) for kind in kinds) or name in (packing.course.course.empty_documents or ())


def open_root(source: PackageSource, importing: Importing, name: str, tag: str) -> xml.Element | None:
    """The root of `course_settings/<name>`; None for a missing document and, with a warning, for an unreadable one."""
    path = FOLDER + name
    if path not in source.package:
        return None
    source.used.add(path)
    root = source.package.xml(path, importing)
    if root is None:
        return None
    if xml.local(root) != tag:
        importing.warn(WarningCode.ROOT_UNKNOWN, path, f"A <{tag}> was expected here, not a <{xml.local(root)}>.")
        return None
    # An empty document says that the course has such content, of which nothing was selected: kept, so that the next
    # export of the course has the same documents.
    if not any(xml.local(child) for child in root):
        course = course_of(importing)
        course.empty_documents = [*(course.empty_documents or ()), name]
    return root


def course_of(importing: Importing) -> Course:
    """The course that is being read, created at the first call."""
    if importing.course is None:
        importing.course = Course(id=importing.course_id)
    return importing.course


def append_selected(root: xml.Element, packing: Packing, kind: Kind, tag: str, fill: Fill) -> None:
    """Append an element for every selected object of a kind, in course order; `fill` gives it its children."""
    for item in packing.course.each(kind):
        if packing.selected(kind, item.id):
            append_object(root, packing, kind, item, tag, fill=fill)


def append_object(
    parent: xml.Element, packing: Packing, kind: Kind, item: Any, tag: str, *, fill: Fill
) -> xml.Element | None:
    """Append one object's element, counted; None, and no element, where the object is at fault."""
    element = xml.add(parent, tag, identifier=packing.key(kind, item.id))

    def filled(one: Any) -> xml.Element:
        fill(element, packing, one)
        return element

    if packing.packed(kind, item, filled) is not None:
        return element
    parent.remove(element)
    return None


def identity(element: xml.Element, kind: Kind, importing: Importing) -> dict[str, Any]:
    """`id` and `migration_id` of the element's object; a missing identifier is replaced by a stable one."""
    identifier = (element.get("identifier") or "").strip() or importing.nameless(kind)
    return {"id": importing.id_of(kind, identifier), "migration_id": identifier}


def reference(parent: xml.Element, path: str, kind: Kind, importing: Importing) -> int | None:
    """The id of the object that the child at `path` names; None for a missing or an empty child."""
    identifier = (xml.text_at(parent, path) or "").strip()
    return importing.id_of(kind, identifier) if identifier else None
