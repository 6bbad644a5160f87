"""What waits and runs by type and lane, and the last hours as charts and as a table."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aiohttp import web
from msgspec import Struct

from services.console.admin.charts import Chart, ColumnValues, chart_of
from services.console.admin.layout import ADMIN, render_section
from services.console.api_client import API
from shared.domain.export import ExportType

PLACE = f"{ADMIN}/queue"
_HOURS, _FEW_HOURS = 24, 8  # on a wide screen, and on a narrow one
_WIDE, _NARROW = (900.0, 240.0), (300.0, 220.0)
_HOUR = timedelta(hours=1)


class LaneLine(Struct):
    """A lane of a type."""

    lane: str
    waiting: int
    held: int
    building: int


class QueueLine(Struct):
    """The queue of a type."""

    export_type: str
    lanes: list[LaneLine]
    workers: int
    slots: int
    oldest_waiting: datetime | None = None

    @property
    def is_stuck(self) -> bool:
        """Whether exports wait, and nobody takes them."""
        return self.workers == 0 and any(each.waiting or each.held for each in self.lanes)


class HourLine(Struct):
    """The exports that ended within an hour; of all types where there is none."""

    began: datetime
    exported: int = 0
    failed: int = 0
    export_type: str | None = None
    median_wait_s: float | None = None
    longest_wait_s: float | None = None


@dataclass(frozen=True, slots=True)
class HourCharts:
    """The same hours as charts for two widths of a screen."""

    ended: Mapping[str, Chart]
    waits: Mapping[str, Chart]


def add_to(app: web.Application) -> None:
    """Add the route."""
    app.router.add_get(PLACE, show)


async def show(request: web.Request) -> web.Response:
    """The queues now, and the last hours of the type in the address, or of all types."""
    api, chosen = request.app[API], request.query.get("type", "")
    queues, hours = await asyncio.gather(
        api.get(request, "/api/v1/admin/queues"), api.get(request, "/api/v1/admin/hours", {"hours": str(_HOURS)})
    )
    rows = all_hours(hours.decoded(list[HourLine]), chosen or None, datetime.now(UTC))
    return await render_section(
        request,
        "queue.html",
        "queue",
        queues=queues.decoded(list[QueueLine]),
        hours=rows,
        charts=charts_of(rows),
        is_idle=not any(each.exported or each.failed for each in rows),
        chosen=chosen,
        types=[*ExportType],
        few=_FEW_HOURS,
    )


def all_hours(rows: Sequence[HourLine], export_type: str | None, now: datetime) -> list[HourLine]:
    """The last hours without a gap, the present one last: those in which nothing ended have none."""
    known = {each.began: each for each in rows if each.export_type == export_type}
    last = now.replace(minute=0, second=0, microsecond=0)
    times = [last - _HOUR * back for back in reversed(range(_HOURS))]
    return [known.get(time, HourLine(began=time)) for time in times]


def charts_of(hours: Sequence[HourLine]) -> HourCharts:
    """All hours on a wide screen; the last few, which are legible there, on a narrow one."""
    sizes = {"wide": (hours, _WIDE), "narrow": (hours[-_FEW_HOURS:], _NARROW)}
    return HourCharts(
        ended={
            name: chart_of([ColumnValues(_label(each), (each.exported, each.failed)) for each in shown], *size)
            for name, (shown, size) in sizes.items()
        },
        waits={name: chart_of([_waiting(each) for each in shown], *size) for name, (shown, size) in sizes.items()},
    )


def _waiting(hour: HourLine) -> ColumnValues:
    return ColumnValues(_label(hour), (hour.median_wait_s or 0.0,), hour.longest_wait_s)


def _label(hour: HourLine) -> str:
    return f"{hour.began:%H}"
