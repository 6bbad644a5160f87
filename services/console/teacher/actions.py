"""What a person does to an export: cancel, retry, have it built again, delete, download, watch."""

from __future__ import annotations

from aiohttp import web
from yarl import URL

from services.console.api_client import API, ApiRefused
from services.console.pages import refusal, render, see_other
from services.console.session import ROOT
from services.console.teacher.export_page import packages_of, progress_id, read_export
from services.console.teacher.pass_on import pass_on
from services.console.teacher.place import EXPORT, Place, export_api, export_page, name_of
from shared.contracts.bodies import ContentExportBody

_GONE, _NOT_FOUND = 410, 404


def add_to(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get(ROOT + "/progress/{id:[0-9]{1,19}}/events", watch)
    app.router.add_get(EXPORT + "/download", download)
    app.router.add_get(EXPORT + "/download/{part:[0-9]{1,6}}", download)
    app.router.add_get(EXPORT + "/delete", ask_to_delete)
    app.router.add_post(EXPORT + "/delete", delete)
    app.router.add_post(EXPORT + "/cancel", cancel)
    app.router.add_post(EXPORT + "/retry", retry)
    app.router.add_post(EXPORT + "/again", again)


async def watch(request: web.Request) -> web.StreamResponse:
    """The events of an export as they happen (server-sent events)."""
    return await pass_on(request, f"/api/v1/progress/{request.match_info['id']}/events")


async def download(request: web.Request) -> web.StreamResponse:
    """The package, or one of its parts; a download that was interrupted goes on where it stopped."""
    packages = packages_of(await read_export(request))
    part = int(request.match_info.get("part", "1"))
    try:
        if not 1 <= part <= len(packages):
            await _require_package(request)
            return await gone(request)
        return await pass_on(request, f"/files/{packages[part - 1].id}/download", {"download_frd": "1"})
    except ApiRefused as error:
        if error.status not in (_GONE, _NOT_FOUND):
            raise
        return await gone(request, await refusal(request, error) if error.status == _GONE else "")


async def gone(request: web.Request, sentence: str = "") -> web.Response:
    """The page of a package that is no longer there: why, and the way to have it built again."""
    place, name = Place.of(request), await name_of(request, Place.of(request))
    page = export_page(request)
    return await render(request, "teacher/gone.html", _GONE, place=place, name=name, page=page, sentence=sentence)


async def cancel(request: web.Request) -> web.StreamResponse:
    """End an export that waits or runs."""
    export = await read_export(request)
    await request.app[API].send(request, "POST", f"/api/v1/progress/{progress_id(export)}/cancel", json={})
    return see_other(export_page(request))


async def retry(request: web.Request) -> web.StreamResponse:
    """Build a failed export once more, and go to the page of the retry."""
    answer = await request.app[API].send(request, "POST", f"{export_api(request)}/retry", json={})
    return _to(request, answer.decoded(ContentExportBody))


async def _require_package(request: web.Request) -> None:
    """Raise ApiRefused, with the reason and the way to build it again, where the export has no package any more."""
    await request.app[API].get(request, f"{export_api(request)}/entries", {"per_page": "1"})


async def again(request: web.Request) -> web.StreamResponse:
    """Build an export whose package is gone as it was; where the API has no such request, begin a new one."""
    api = request.app[API]
    try:
        await _require_package(request)
    except ApiRefused as error:
        if error.export_again is not None:
            sent = error.export_again
            answer = await api.send(request, "POST", URL(sent.url).raw_path, json=sent.body | {"coalesce": True})
            return _to(request, answer.decoded(ContentExportBody))
        if error.status not in (_GONE, _NOT_FOUND):
            raise
    return see_other(f"{Place.of(request).page}/exports/new")


async def ask_to_delete(request: web.Request) -> web.Response:
    """The page that asks once more."""
    place = Place.of(request)
    export, name = await read_export(request), await name_of(request, place)
    page = export_page(request)
    return await render(request, "teacher/delete.html", place=place, name=name, export=export, page=page)


async def delete(request: web.Request) -> web.StreamResponse:
    """Delete it for good."""
    await request.app[API].send(request, "DELETE", export_api(request))
    return see_other(Place.of(request).page)


def _to(request: web.Request, export: ContentExportBody) -> web.Response:
    return see_other(Place.of(request).export_page(export.id))
