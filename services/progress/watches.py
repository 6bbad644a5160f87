"""What a stream follows, who may see it, and what it starts with.

Whoever has an id from an earlier stream goes on right after it. Whoever has none, or one that this log has never given,
starts with a snapshot: where things stand, told as states under ids from which going on misses nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from shared.adapters.postgres.content_exports import ContentExports
from shared.adapters.postgres.export_events import ExportEvents, Subject
from shared.contracts.events import ExportEvent
from shared.domain.export import Context
from shared.domain.rights import Caller, Rights, in_list
from shared.http.answers import not_found
from shared.http.identity import Identity, refused


@dataclass(frozen=True, slots=True)
class Opening:
    """How a stream begins: what is sent at once, the id that it goes on after, and whether the log has more already."""

    snapshot: list[ExportEvent]
    last: int
    replay: bool


class Watch(Protocol):
    """One reader's look at one subject."""

    @property
    def name(self) -> str:
        """What kind of subject it is, for metrics."""

    @property
    def subject(self) -> Subject:
        """What is followed."""

    async def check(self, request: web.Request) -> None:
        """Raise the answer that the caller deserves where it may not see this (any more)."""

    async def opening(self, last_event_id: int | None) -> Opening | None:
        """How a stream after this id begins; None where all has been told and nothing will follow."""

    def shows(self, event: ExportEvent) -> bool:
        """Whether the caller may see this event."""

    def ends_with(self, event: ExportEvent) -> bool:
        """Whether nothing can follow this event."""


class ProgressWatch:
    """One export, until it has finished; for whoever may read the export."""

    name = "progress"

    def __init__(self, exports: ContentExports, identity: Identity, log: ExportEvents, progress_id: int) -> None:
        self._exports = exports
        self._identity = identity
        self._log = log
        self.subject: Subject = progress_id
        self._progress_id = progress_id

    async def check(self, request: web.Request) -> None:
        """Raise 404 for an unknown id, then 401 or 403 for whoever may not read the export."""
        caller = await self._identity.checked(request)
        export = await self._exports.of_progress(self._progress_id)
        if export is None:
            raise not_found()
        await self._identity.require_read(caller, export)

    async def opening(self, last_event_id: int | None) -> Opening | None:
        """After an id: what follows it. Else where the export stands, under the id of the latest event."""
        newest = await self._log.newest(self._progress_id)
        if newest is None:
            raise not_found()
        if last_event_id is None or last_event_id > newest.id:
            return Opening([newest.as_state()], newest.id, replay=False)
        if last_event_id == newest.id and newest.ends_export:
            return None
        return Opening([], last_event_id, replay=True)

    def shows(self, event: ExportEvent) -> bool:
        """Whoever may read the export sees all of it."""
        return True

    def ends_with(self, event: ExportEvent) -> bool:
        """The end of the export."""
        return event.ends_export


class ContextWatch:
    """All exports of a course, group or user, without end; for whoever has a list of them, as far as it shows them."""

    name = "context"

    def __init__(self, identity: Identity, log: ExportEvents, context: Context) -> None:
        self._identity = identity
        self._log = log
        self.subject: Subject = context
        self._context = context
        self._caller = Caller()
        self._held = Rights()

    async def check(self, request: web.Request) -> None:
        """Raise 404 for an unknown context, then 401 or 403 for whoever may not read it, and 401 for the anonymous.

        An anonymous reader of a public course has an empty list, and so a stream that never tells anything.
        """
        caller = await self._identity.checked(request)
        held = await self._identity.rights_in(caller, self._context)
        if not held.read or caller.user_id is None:
            raise refused(caller)
        self._caller, self._held = caller, held

    async def opening(self, last_event_id: int | None) -> Opening | None:
        """After an id: what follows it. Else the latest event of each unfinished export, told as a state.

        They come by rising id, so that going on after any of them gives the rest; the last one has the id of the
        context's newest event, since going on after the snapshot must not tell what was over before it.
        """
        if last_event_id is not None and last_event_id <= await self._log.newest_id(self._context):
            return Opening([], last_event_id, replay=True)
        events, newest = await self._log.unfinished(self._context)
        states = [event.as_state() for event in events if self.shows(event)]
        return Opening([*states[:-1], *(state.as_state(newest) for state in states[-1:])], newest, replay=False)

    def shows(self, event: ExportEvent) -> bool:
        """As in the list of exports."""
        return in_list(self._caller, self._held, self._context, event.data.user_id, event.data.export_type)

    def ends_with(self, event: ExportEvent) -> bool:
        """There may always be another export."""
        return False
