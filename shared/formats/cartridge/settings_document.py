"""The XML files of `course_settings/`: when there is one, and how its reader gets at it."""

from __future__ import annotations

from shared.domain.content.course import Course
from shared.domain.kinds import Kind
from shared.formats import xml
from shared.formats.cartridge.source import Source
from shared.formats.importing import Importing
from shared.formats.packing import Packing

FOLDER = "course_settings/"


def is_due(packing: Packing, name: str, *kinds: Kind) -> bool:
    """Whether a document is in the package: where the course holds such content, selected or not.

    Source: Canvas, which lists an empty document where nothing of a kind is selected. A course that was imported from
    such a package keeps the name of the document.
    """
    return any(packing.course.count(kind) for kind in kinds) or name in (packing.course.course.empty_documents or ())


def open_root(source: Source, importing: Importing, name: str, tag: str) -> xml.Element | None:
    """The root of `course_settings/<name>`; None where there is none, or (with a warning) none that can be read."""
    path = FOLDER + name
    if path not in source.package:
        return None
    source.used.add(path)
    root = source.package.xml(path, importing)
    if root is None:
        return None
    if xml.local(root) != tag:
        importing.warn("root_unknown", path, f"A <{tag}> was expected here, not a <{xml.local(root)}>.")
        return None
    if not any(xml.local(child) for child in root):
        course = course_of(importing)
        course.empty_documents = [*(course.empty_documents or ()), name]
    return root


def course_of(importing: Importing) -> Course:
    """The course that is being read, made on first sight."""
    if importing.course is None:
        importing.course = Course(id=importing.course_id)
    return importing.course
