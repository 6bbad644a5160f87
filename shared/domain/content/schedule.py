"""Calendar events and course paces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from shared.domain.content.content_object import Content, ContentPart


class CalendarEvent(Content):
    """REST CalendarEvent, created by a person (due dates are fields of their objects)."""

    title: str | None = None
    description: str | None = None
    start_at: str | None = None
    end_at: str | None = None
    all_day: bool | None = None
    all_day_date: str | None = None
    location_name: str | None = None  # where it takes place, for which a cartridge has no element
    location_address: str | None = None
    rrule: str | None = None
    series_uuid: str | None = None
    series_head: bool | None = None
    blackout_date: bool | None = None

    HTML_FIELDS: ClassVar[tuple[str, ...]] = ("description",)


class PaceItem(ContentPart):
    """The time that the pace gives to a module item; `duration` is in days."""

    id: int | None = None
    migration_id: str | None = None
    module_item_id: int | None = None
    duration: int | None = None


class CoursePace(Content):
    """REST CoursePace: the primary pace of a course. Dates are YYYY-MM-DD; `selected_days_to_skip` are mon to sun."""

    workflow_state: str | None = None
    start_date: str | None = None
    end_date: str | None = None
    published_at: str | None = None
    exclude_weekends: bool | None = None
    hard_end_dates: bool | None = None
    selected_days_to_skip: list[str] | None = None
    time_to_complete_calendar_days: int | None = None
    module_items: list[PaceItem] | None = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read a REST CoursePace, whose `modules` hold the items. Raises InvalidContent."""
        modules = data.get("modules")
        if isinstance(modules, list) and "module_items" not in data:
            listed = [module.get("items") for module in modules if isinstance(module, Mapping)]
            data = {**data, "module_items": [item for items in listed if isinstance(items, list) for item in items]}
        return super().from_json(data)
