"""`events.xml`: the calendar events that people created. They are nowhere else in a package."""

from __future__ import annotations

from shared.domain.content.schedule import CalendarEvent
from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.canvas import fields
from shared.formats.canvas.settings_document import FOLDER, append_selected, identity, is_due, open_root
from shared.formats.importing import Importing
from shared.formats.imscp.package_source import PackageSource
from shared.formats.packing import Packing

NAME = "events.xml"

_HEAD = (
    fields.text("title"),
    fields.text("description").required,
    fields.moment("start_at"),
    fields.moment("end_at"),
    fields.flag("all_day").if_true,
)
_DAY = (fields.day("all_day_date"),)
_SERIES = (
    fields.text("rrule"),
    fields.text("series_uuid"),
    fields.flag("series_head").if_true,
    fields.flag("blackout_date").if_true,
)


def document(packing: Packing) -> bytes | None:
    """The selected events, where the course has any."""
    if not is_due(packing, NAME, Kind.CALENDAR_EVENTS):
        return None
    root = xml.root("events")
    append_selected(root, packing, Kind.CALENDAR_EVENTS, "event", _fill)
    return xml.serialize(root)


def _fill(element: xml.Element, packing: Packing, event: CalendarEvent) -> None:
    """Append the fields of an event; its day only if it lasts all day. Canvas has no element for its place."""
    place = ", ".join(text for text in (event.location_name, event.location_address) if text)
    if place:
        sentence = f"The event {event.label} takes place at {place}: a cartridge cannot say where."
        packing.report.warn(
            WarningCode.PLACE_LEFT_OUT, sentence, kind=Kind.CALENDAR_EVENTS, item_id=event.id, place="location_name"
        )
    shown = packing.html(Kind.CALENDAR_EVENTS, event)
    fields.append(element, shown, _HEAD)
    if event.all_day:
        fields.append(element, shown, _DAY)
    fields.append(element, shown, _SERIES)


def read(source: PackageSource, importing: Importing) -> None:
    """The events of the package."""
    root = open_root(source, importing, NAME, "events")
    for element in [] if root is None else xml.find_all(root, "event"):
        values = fields.read(element, (*_HEAD, *_DAY, *_SERIES), importing, FOLDER + NAME)
        event = CalendarEvent(**identity(element, Kind.CALENDAR_EVENTS, importing), **values)
        importing.add(Kind.CALENDAR_EVENTS, event)
