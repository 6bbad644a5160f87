"""`course_paces.xml`: the primary pace of a course, days per module item."""

from __future__ import annotations

from shared.domain.content.schedule import CoursePace, PaceItem
from shared.domain.kinds import Kind
from shared.formats import xml
from shared.formats.canvas import fields
from shared.formats.canvas.settings_document import FOLDER, append_selected, identity, is_due, open_root, reference
from shared.formats.identifiers import global_id, hashed
from shared.formats.importing import Importing
from shared.formats.imscp.package_source import PackageSource
from shared.formats.packing import Packing

NAME = "course_paces.xml"

_FIELDS = (
    fields.text("workflow_state").or_else("active"),
    fields.day("start_date"),
    fields.day("end_date"),
    fields.moment("published_at"),
    fields.flag("exclude_weekends").or_else(False),
    fields.flag("hard_end_dates").or_else(False),
    fields.whole("time_to_complete_calendar_days"),
)
_DAYS = "selected_days_to_skip"
_DURATION = fields.whole("duration").required


def document(packing: Packing) -> bytes | None:
    """The selected paces, where the course has one."""
    if not is_due(packing, NAME, Kind.COURSE_PACES):
        return None
    root = xml.root("course_paces")
    append_selected(root, packing, Kind.COURSE_PACES, "course_pace", _fill)
    return xml.serialize(root)


def _fill(element: xml.Element, packing: Packing, pace: CoursePace) -> None:
    fields.append(element, pace, _FIELDS)
    if pace.selected_days_to_skip:
        days = xml.add(element, _DAYS)
        for day in pace.selected_days_to_skip:
            xml.add(days, "day_of_week", day)
    items = xml.add(element, "module_items")
    for item in pace.module_items or ():
        child = xml.add(items, "module_item")
        fields.append(child, item, (_DURATION,))
        if item.module_item_id is not None:
            xml.add(child, "module_item_identifierref", packing.key(Kind.MODULE_ITEMS, item.module_item_id))
        xml.add_if(child, "pace_item_identifier", _pace_item_key(item))


def _pace_item_key(item: PaceItem) -> str | None:
    if item.migration_id or item.id is None:
        return item.migration_id
    # Canvas hashes the item under the name of its own class, which is of no kind of the model.
    return hashed(f"course_pace_module_item_{global_id(item.id)}")


def read(source: PackageSource, importing: Importing) -> None:
    """The paces of the package."""
    root = open_root(source, importing, NAME, "course_paces")
    for element in [] if root is None else xml.find_all(root, "course_pace"):
        values = fields.read(element, _FIELDS, importing, FOLDER + NAME, (_DAYS, "module_items"))
        pace = CoursePace(**identity(element, Kind.COURSE_PACES, importing), **values)
        days = [(day.text or "").strip() for day in xml.find_all(element, f"{_DAYS}/day_of_week")]
        pace.selected_days_to_skip = days or None
        pace.module_items = [
            _read_item(child, importing) for child in xml.find_all(element, "module_items/module_item")
        ]
        importing.add(Kind.COURSE_PACES, pace)


def _read_item(element: xml.Element, importing: Importing) -> PaceItem:
    others = ("module_item_identifierref", "pace_item_identifier")
    return PaceItem(
        migration_id=(xml.text_at(element, "pace_item_identifier") or "").strip() or None,
        module_item_id=reference(element, "module_item_identifierref", Kind.MODULE_ITEMS, importing),
        **fields.read(element, (_DURATION,), importing, FOLDER + NAME, others),
    )
