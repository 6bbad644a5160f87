"""Everything about one export: its attempts, workers, events, messages, what was slow, and where its logs and trace are."""

from __future__ import annotations

from datetime import datetime

from aiohttp import web
from msgspec import Struct

from services.console.admin.exports import LIST, PLACE, ExportLine
from services.console.admin.layout import render_section
from services.console.api_client import API

OF_EXPORT = PLACE + "/{id:[1-9][0-9]{0,17}}"


class Slow(Struct):
    """A member of the package that took long to write."""

    path: str
    seconds: float
    kind: str | None = None
    item_id: int | None = None
    title: str | None = None


class AttemptLine(Struct):
    """An attempt; the outcome is None while it runs."""

    number: int
    worker: str | None
    claimed_at: datetime | None
    ended_at: datetime | None
    outcome: str | None
    counts: bool
    error_code: str | None
    error_message: str | None
    phases: dict[str, float]
    slowest: list[Slow]


class EventLine(Struct):
    """An entry of the event log."""

    id: int
    at: datetime
    name: str
    workflow_state: str
    completion: float
    published: bool


class WaitingMessageLine(Struct):
    """A message that the broker has not got yet."""

    exchange: str
    routing_key: str
    created_at: datetime


class NoticeLine(Struct):
    """A mail or a call of a webhook."""

    channel: str
    state: str
    attempt: int
    answer: int | None
    updated_at: datetime


class Turn(Struct):
    """Where the export waits."""

    place: int
    held: bool
    workers: int
    slots: int


class Story(Struct):
    """What the API knows of an export."""

    export: ExportLine
    next: list[str]
    attempts: list[AttemptLine]
    events: list[EventLine]
    messages: list[WaitingMessageLine]
    requeued_at: datetime | None
    lease_expires_at: datetime | None
    notices: list[NoticeLine]
    warnings: dict[str, int]
    turn: Turn | None
    trace_id: str | None
    trace_url: str | None


def add_to(app: web.Application) -> None:
    """Add the route."""
    app.router.add_get(OF_EXPORT, show)


async def show(request: web.Request) -> web.Response:
    """The page of the export; `done` in the address is what an action has just done."""
    answer = await request.app[API].get(request, f"{LIST}/{request.match_info['id']}")
    done = request.query.get("done", "")
    return await render_section(request, "story.html", "exports", story=answer.decoded(Story), done=done)
