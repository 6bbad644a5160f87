"""The page of one export: how far it is, and at its end the package, the report and what can be done next."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from msgspec import UNSET

from services.console.api_client import API, ApiRefused
from services.console.pages import FRAGMENT, render, texts_of
from services.console.teacher.export_types import type_title
from services.console.teacher.place import EXPORT, Place, export_api, export_page, name_of
from services.console.teacher.plan import WarningGroup, WarningLine, grouped, named_counts, reasons
from shared.contracts.bodies import AttachmentBody, ContentExportBody, ProgressBody, ReportBody, Warned
from shared.domain.export import FINISHED, WorkflowState
from shared.domain.language.texts import Texts

_HIDDEN = frozenset({401, 403, 404, 410})  # a report that this person may not read, or that is not there


@dataclass(frozen=True, slots=True)
class ReportView:
    """A report as a page shows it."""

    complete: bool
    counts: tuple[tuple[str, int], ...]
    along: tuple[tuple[str, int], ...]
    warnings: tuple[WarningGroup, ...]
    excluded: int  # objects that the person may not export


def add_to(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get(EXPORT, show)


async def show(request: web.Request) -> web.Response:
    """The export as it is now. Raises ApiRefused."""
    place, export = Place.of(request), await read_export(request)
    name, progress, report = await asyncio.gather(
        name_of(request, place), _progress(request, export), _report(request, export)
    )
    texts = await texts_of(request)
    values: dict[str, Any] = {"place": place, "name": name, "export": export, "progress": progress}
    return await render(
        request,
        "teacher/now.html" if FRAGMENT in request.headers else "teacher/export.html",
        **values,
        page=export_page(request),
        progress_id=progress_id(export),
        type_title=type_title(export.export_type, texts),
        packages=packages_of(export),
        report=None if report is None else report_view(report, texts),
    )


async def read_export(request: web.Request) -> ContentExportBody:
    """The export that the address names. Raises ApiRefused."""
    return (await request.app[API].get(request, export_api(request))).decoded(ContentExportBody)


def packages_of(export: ContentExportBody) -> list[AttachmentBody]:
    """Its packages in order: one, several for a zip in parts, none before the end or after they expired."""
    if export.attachments is not UNSET:
        return export.attachments
    return [] if export.attachment is UNSET else [export.attachment]


def progress_id(export: ContentExportBody) -> str:
    """The id of its progress."""
    return export.progress_url.rsplit("/", 1)[1]


async def _progress(request: web.Request, export: ContentExportBody) -> ProgressBody | None:
    if export.workflow_state in FINISHED:
        return None
    return (await request.app[API].get(request, f"/api/v1/progress/{progress_id(export)}")).decoded(ProgressBody)


async def _report(request: web.Request, export: ContentExportBody) -> ReportBody | None:
    if export.workflow_state is not WorkflowState.EXPORTED:
        return None
    try:
        return (await request.app[API].get(request, f"{export_api(request)}/report")).decoded(ReportBody)
    except ApiRefused as error:
        if error.status not in _HIDDEN:
            raise
        return None


def report_view(report: ReportBody, texts: Texts) -> ReportView:
    """What a page shows of a report."""
    return ReportView(
        report.complete,
        named_counts(report.packed, texts),
        reasons(report.included_because),
        grouped((each.what_to_do, _line(each)) for each in report.warnings),
        sum(report.excluded.values()),
    )


def _line(warning: Warned) -> WarningLine:
    return WarningLine(warning.item.title if warning.item else None, warning.message)
