"""`grading_standards.xml`: the schemes that turn a share of the points into a grade."""

from __future__ import annotations

from typing import Any

from shared.domain.content.grading import GradingSchemeEntry, GradingStandard
from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats import json_text, xml
from shared.formats.canvas import fields
from shared.formats.canvas.settings_document import FOLDER, append_selected, identity, open_root
from shared.formats.importing import Importing
from shared.formats.imscp.package_source import PackageSource
from shared.formats.packing import Packing

NAME = "grading_standards.xml"

# The version of Canvas's data that is a list of pairs; version 1 was a hash of names and numbers.
_PAIRS = 2
_TITLE = fields.text("title")
_SCALE = (fields.flag("points_based"), fields.number("scaling_factor"))


def document(packing: Packing) -> bytes | None:
    """The selected standards; no document if none is selected."""
    root = xml.root("gradingStandards")
    append_selected(root, packing, Kind.GRADING_STANDARDS, "gradingStandard", _fill)
    # Unlike most documents, Canvas leaves this one out when nothing is selected (its lib/cc/grading_standards.rb).
    if not len(root) and NAME not in (packing.course.course.empty_documents or ()):
        return None
    return xml.serialize(root)


def _fill(element: xml.Element, packing: Packing, standard: GradingStandard) -> None:
    element.set("version", str(standard.version or _PAIRS))
    fields.append(element, standard, (_TITLE,))
    xml.add(element, "data", json_text.dump([[entry.name, entry.value] for entry in standard.grading_scheme or ()]))
    fields.append(element, standard, _SCALE)


def read(source: PackageSource, importing: Importing) -> None:
    """Add the standards of the package, in its order; a standard with an unreadable scheme gets none, with a warning."""
    root = open_root(source, importing, NAME, "gradingStandards")
    for position, element in enumerate([] if root is None else xml.find_all(root, "gradingStandard"), 1):
        standard = GradingStandard(
            **identity(element, Kind.GRADING_STANDARDS, importing),
            position=position,
            version=fields.read_int(element.get("version") or ""),
            grading_scheme=_read_scheme(xml.text_at(element, "data") or "", importing),
            **fields.read(element, (_TITLE, *_SCALE), importing, FOLDER + NAME, ("data",)),
        )
        if standard.version == 1:
            # Read into pairs, so that an export states the version of pairs.
            standard.version = None
        importing.add(Kind.GRADING_STANDARDS, standard)


def _read_scheme(text: str, importing: Importing) -> list[GradingSchemeEntry] | None:
    try:
        return [_entry(pair) for pair in _pairs(json_text.load(text))]
    except (ValueError, TypeError):
        importing.warn(WarningCode.VALUE_UNREADABLE, FOLDER + NAME, f"<data> does not hold a scheme: {text[:100]!r}")
        return None


def _pairs(data: Any) -> list[Any]:
    return list(data.items()) if isinstance(data, dict) else list(data)


def _entry(pair: Any) -> GradingSchemeEntry:
    """One entry of a scheme. Raises ValueError or TypeError for anything but a pair of a name and a number."""
    name, value = pair
    return GradingSchemeEntry(name=str(name), value=value if isinstance(value, (int, float)) else float(value))
