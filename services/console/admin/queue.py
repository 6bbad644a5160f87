"""What waits and runs by type and lane, and the last hours as charts and as a table."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aiohttp import web

from services.console.admin.charts import Chart, ColumnValues, chart_of
from services.console.admin.layout import ADMIN, render_section
from services.console.api_client import API
from shared.contracts.api import moment
from shared.contracts.bodies import Moment
from shared.contracts.operator.overview_bodies import HourBody, QueueBody
from shared.domain.export import ExportType

PLACE = f"{ADMIN}/queue"
_HOURS, _FEW_HOURS = 24, 8  # on a wide screen, and on a narrow one
_WIDE, _NARROW = (900.0, 240.0), (300.0, 220.0)
_HOUR = timedelta(hours=1)


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
    types = queues.decoded(list[QueueBody])
    rows = all_hours(hours.decoded(list[HourBody]), chosen or None, datetime.now(UTC))
    return await render_section(
        request,
        "queue.html",
        "queue",
        queues=types,
        stuck=[each.export_type for each in types if is_stuck(each)],
        hours=rows,
        charts=charts_of(rows),
        is_idle=not any(each.exported or each.failed for each in rows),
        chosen=chosen,
        types=[*ExportType],
        few=_FEW_HOURS,
    )


def is_stuck(queue: QueueBody) -> bool:
    """Whether exports wait, and nobody takes them."""
    return queue.workers == 0 and any(each.waiting or each.held for each in queue.lanes)


def all_hours(rows: Sequence[HourBody], export_type: str | None, now: datetime) -> list[HourBody]:
    """The last hours without a gap, the present one last: those in which nothing ended have none, of all types."""
    by_hour = {each.began: each for each in rows if each.export_type == export_type}
    last = now.replace(minute=0, second=0, microsecond=0)
    times = [moment(last - _HOUR * back) for back in reversed(range(_HOURS))]
    return [by_hour.get(time) or _idle_hour(time) for time in times]


def charts_of(hours: Sequence[HourBody]) -> HourCharts:
    """All hours on a wide screen; the last few, which are legible there, on a narrow one."""
    sizes = {"wide": (hours, _WIDE), "narrow": (hours[-_FEW_HOURS:], _NARROW)}
    return HourCharts(
        ended={
            name: chart_of([ColumnValues(_label(each), (each.exported, each.failed)) for each in shown], *size)
            for name, (shown, size) in sizes.items()
        },
        waits={name: chart_of([_waiting(each) for each in shown], *size) for name, (shown, size) in sizes.items()},
    )


def _waiting(hour: HourBody) -> ColumnValues:
    return ColumnValues(_label(hour), (hour.median_wait_s or 0.0,), hour.longest_wait_s)


def _label(hour: HourBody) -> str:
    return f"{datetime.fromisoformat(hour.began):%H}"


def _idle_hour(began: Moment) -> HourBody:
    return HourBody(export_type=None, began=began, exported=0, failed=0, median_wait_s=None, longest_wait_s=None)
