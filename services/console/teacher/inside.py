"""What is inside a package: its entries as a tree, and each of them as a person reads it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from urllib.parse import quote

from aiohttp import web
from multidict import CIMultiDict

from services.console.api_client import API, ApiRefused
from services.console.pages import render
from services.console.teacher.actions import gone
from services.console.teacher.entry_tree import Shown, picture_type, shown_as, tree_of
from services.console.teacher.page_pictures import pictures_of, with_pictures
from services.console.teacher.pass_on import pass_on
from services.console.teacher.place import EXPORT, Place, export_api, export_page, name_of
from services.console.teacher.quiz_text import read_quiz
from shared.contracts.bodies import EntryBody

_PER_REQUEST, _REQUESTS = 100, 5  # entries of a page of the API; such pages on one of ours
_SHOWN_BYTES = 1 << 20  # of a text or page; the rest is in the package
_PICTURES, _PICTURE_BYTES = 30, 2 << 20  # of one page, and of each
_GONE = 410

# A page of a course runs nothing and asks for nothing; its own style attributes are all it keeps.
_FRAME = {
    "Content-Security-Policy": "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'",
    "X-Frame-Options": "SAMEORIGIN",
}


def add_to(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get(EXPORT + "/inside", show)
    app.router.add_get(EXPORT + "/inside/{path:.+}", show_entry)
    app.router.add_get(EXPORT + "/page/{path:.+}", frame)
    app.router.add_get(EXPORT + "/entry/{path:.+}", download_entry)


async def show(request: web.Request) -> web.Response:
    """The tree of entries, some hundreds at a time."""
    place, number = Place.of(request), _number(request.query.get("page", ""))
    try:
        name, entries = await asyncio.gather(name_of(request, place), _entries(request, number))
    except ApiRefused as error:
        if error.status != _GONE:
            raise
        return await gone(request, error.sentence)
    return await render(
        request,
        "teacher/inside.html",
        place=place,
        name=name,
        page=export_page(request),
        tree=tree_of(entries),
        count=len(entries),
        number=number,
        has_more=len(entries) == _PER_REQUEST * _REQUESTS,
    )


async def show_entry(request: web.Request) -> web.Response:
    """One entry: a page in a frame, a picture, a text, a quiz; or only the way to download it."""
    place, path = Place.of(request), request.match_info["path"]
    shown, text, quiz = shown_as(path), "", None
    is_cut = False
    if shown is Shown.TEXT:
        content, is_cut = await _content(request, path, _SHOWN_BYTES)
        quiz = None if is_cut or not path.endswith((".xml", ".qti")) else read_quiz(content)
        text = content.decode("utf-8", "replace")
    return await render(
        request,
        "teacher/entry.html",
        place=place,
        name=await name_of(request, place),
        page=export_page(request),
        last=path.rsplit("/", 1)[-1],
        address=quote(path),
        shown=shown,
        text=text,
        is_cut=is_cut,
        quiz=quiz,
    )


async def frame(request: web.Request) -> web.Response:
    """A page of the package by itself, for the frame: its pictures are inside it."""
    path = request.match_info["path"]
    if shown_as(path) is not Shown.PAGE:
        raise web.HTTPNotFound
    content, _ = await _content(request, path, _SHOWN_BYTES)
    page = content.decode("utf-8", "replace")
    names = pictures_of(page, path)[:_PICTURES]
    pictures = zip(names, await asyncio.gather(*(_picture(request, each) for each in names)), strict=True)
    embedded = {each: data for each, data in pictures if data is not None}
    return web.Response(text=with_pictures(page, path, embedded), content_type="text/html", headers=_FRAME)


async def download_entry(request: web.Request) -> web.StreamResponse:
    """The bytes of an entry: a picture to be shown, all else to be saved."""
    path = request.match_info["path"]
    headers = dict(_FRAME)
    if (kind := picture_type(path)) is not None:
        headers["Content-Type"] = kind
    return await pass_on(request, f"{export_api(request)}/entries/{quote(path)}", headers=headers)


async def _entries(request: web.Request, number: int) -> Sequence[EntryBody]:
    """The entries of a page of ours."""
    first = (number - 1) * _REQUESTS + 1
    pages = range(first, first + _REQUESTS)
    lists = await asyncio.gather(*(_entries_of_api(request, each) for each in pages))
    return [entry for entries in lists for entry in entries]


async def _entries_of_api(request: web.Request, number: int) -> list[EntryBody]:
    parameters = {"per_page": str(_PER_REQUEST), "page": str(number)}
    return (await request.app[API].get(request, f"{export_api(request)}/entries", parameters)).decoded(list[EntryBody])


async def _content(request: web.Request, path: str, limit: int) -> tuple[bytes, bool]:
    """(the first bytes of an entry, whether there are more). Raises ApiRefused."""
    at = f"{export_api(request)}/entries/{quote(path)}"
    async with request.app[API].opened(request, "GET", at, headers=CIMultiDict()) as answer:
        content = bytearray()
        async for chunk in answer.content.iter_any():
            content += chunk
            if len(content) > limit:
                break
        return bytes(content[:limit]), len(content) > limit


async def _picture(request: web.Request, path: str) -> bytes | None:
    try:
        content, is_cut = await _content(request, path, _PICTURE_BYTES)
    except ApiRefused:
        return None
    return None if is_cut else content


def _number(text: str) -> int:
    return max(1, int(text)) if text.isascii() and text.isdecimal() and len(text) < 7 else 1
