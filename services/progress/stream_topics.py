"""What a stream is about: one export, or all exports of a context; who may follow it, and how the stream starts.

A client that sends the id of an earlier stream goes on right after it. A client without an id, or with one that this
log has never assigned, gets a snapshot first: the current states, under ids after which nothing is missed.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web
from msgspec.structs import replace

from shared.adapters.postgres.events.export_events import BATCH, Subject
from shared.contracts.estimates import estimate_json
from shared.contracts.events import ExportEvent
from shared.domain.export import ContentExport, Context
from shared.domain.rights import Caller, Rights, in_list
from shared.http.answers import not_found
from shared.http.expected_times import ExpectedTimesOfExports
from shared.http.identity import refused


class Readers(Protocol):
    """Who reads, and what they may see."""

    async def caller(self, request: web.Request) -> Caller:
        """The caller of a request, looked up at every call and charged once. Raises the 401 and 429 answers."""
        ...

    async def rights_in(self, caller: Caller, context: Context) -> Rights:
        """The caller's rights in a context. Raises the 404 answer for an unknown one."""
        ...

    async def require_state(self, caller: Caller, export: ContentExport) -> None:
        """Raise the 401 or 403 answer for a caller who may not see the state of the export."""
        ...


class ExportLookup(Protocol):
    """The exports by their progress."""

    async def of_progress(self, progress_id: int) -> ContentExport | None:
        """The export with this progress."""
        ...


class Snapshots(Protocol):
    """The present state, as the event log has it."""

    async def newest(self, progress_id: int) -> ExportEvent | None:
        """The latest event of an export."""
        ...

    async def newest_id(self, context: Context) -> int:
        """The id of the latest event of a context; 0 without any."""
        ...

    async def unfinished(self, context: Context) -> tuple[list[int], int]:
        """(rising ids of the latest event of each unfinished export, the context's newest id), both of one moment."""
        ...

    async def events(self, ids: Sequence[int]) -> list[ExportEvent]:
        """The events with these ids, by rising id; those that are not kept any more are left out."""
        ...


Note = Callable[[web.Request, Caller, ContentExport], None]


@dataclass(frozen=True, slots=True)
class Opening:
    """How a stream starts: the events sent first, the id after which it goes on, and whether the log has more already.

    `rest` are the further events of a long snapshot, which are read as they are sent.
    """

    snapshot: list[ExportEvent]
    last: int
    replay: bool
    rest: AsyncGenerator[list[ExportEvent], None] | None = None


class Followed(Protocol):
    """What one client follows, while it does."""

    @property
    def name(self) -> str:
        """The kind of topic, for metrics."""
        ...

    async def check(self, request: web.Request) -> Caller:
        """The caller. Raises the error answer where the caller may not follow this, or may not any more."""
        ...

    def shows(self, event: ExportEvent) -> bool:
        """Whether the caller may see this event."""
        ...

    def ends_with(self, event: ExportEvent) -> bool:
        """Whether nothing can follow this event."""
        ...


class StreamTopic(Followed, Protocol):
    """What one client follows, from its beginning."""

    @property
    def subject(self) -> Subject:
        """The key under which the hub and the log have its events."""
        ...

    async def opening(self, last_event_id: int | None) -> Opening | None:
        """How a stream after this id starts; None where the client has everything and nothing will follow."""
        ...


class ExportTopic:
    """One export, until it has finished; for callers who may see its state."""

    name = "progress"

    def __init__(
        self,
        exports: ExportLookup,
        readers: Readers,
        log: Snapshots,
        progress_id: int,
        note: Note,
        *,
        expected: ExpectedTimesOfExports | None = None,
    ) -> None:
        """`note(request, caller, export)` is called once, when the caller is found to have the right."""
        self._exports = exports
        self._readers = readers
        self._log = log
        self.subject: Subject = progress_id
        self._progress_id = progress_id
        self._note: Note | None = note
        self._expected = expected
        self.export: ContentExport | None = None  # as it was when the caller was last checked

    async def check(self, request: web.Request) -> Caller:
        """The caller. Raises 404 for an unknown id, then 401 or 403 for a caller who may not see its state."""
        caller = await self._readers.caller(request)
        export = await self._exports.of_progress(self._progress_id)
        if export is None:
            raise not_found()
        await self._readers.require_state(caller, export)
        self.export = export
        if self._note is not None:
            self._note(request, caller, export)
            self._note = None
        return caller

    async def opening(self, last_event_id: int | None) -> Opening | None:
        """After a known id: what follows it. Else the current state of the export, under the id of its latest event."""
        newest = await self._log.newest(self._progress_id)
        if newest is None:
            raise not_found()
        # An id above the newest is of another database, such as one restored from a backup.
        if last_event_id is None or last_event_id > newest.id:
            return Opening([await self._with_estimate(newest.as_state())], newest.id, replay=False)
        # 204 stops the reconnects of an EventSource; the end of a stream would cause another one.
        if last_event_id == newest.id and newest.ends_export:
            return None
        return Opening([], last_event_id, replay=True)

    async def _with_estimate(self, state: ExportEvent) -> ExportEvent:
        """The state with what is expected now, not what was when it was reached."""
        if self._expected is None or self.export is None:
            return state
        times = await self._expected.of(self.export, state.data.completion)
        estimate = None if times is None else estimate_json(times)
        return replace(state, data=replace(state.data, estimate=estimate))

    def shows(self, event: ExportEvent) -> bool:
        """A caller who may see the state of the export sees all its events."""
        return True

    def ends_with(self, event: ExportEvent) -> bool:
        """The end of the export."""
        return event.ends_export


class ContextTopic:
    """All exports of a course, group or user that the caller's list shows; it does not end."""

    name = "context"

    def __init__(self, readers: Readers, log: Snapshots, context: Context) -> None:
        self._readers = readers
        self._log = log
        self.subject: Subject = context
        self._context = context
        self._caller = Caller()
        self._rights = Rights()

    async def check(self, request: web.Request) -> Caller:
        """The caller. Raises 404 for an unknown context, then 401 or 403 for a caller who may not read it, and 401 without a user.

        The list of an anonymous caller is empty, also in a public course, and so would be the stream.
        """
        caller = await self._readers.caller(request)
        rights = await self._readers.rights_in(caller, self._context)
        if not rights.read or caller.user_id is None:
            raise refused(caller)
        self._caller, self._rights = caller, rights
        return caller

    async def opening(self, last_event_id: int | None) -> Opening | None:
        """After a known id: what follows it. Else the latest event of each unfinished export, as a state.

        They come by rising id, so that a stream after any of them has the rest; the last one has the id of the
        context's newest event, since a stream after the snapshot must not repeat what happened before it.
        """
        if last_event_id is not None and last_event_id <= await self._log.newest_id(self._context):
            return Opening([], last_event_id, replay=True)
        ids, newest = await self._log.unfinished(self._context)
        states = self._states(ids, newest)
        return Opening(await anext(states, []), newest, replay=False, rest=states)

    async def _states(self, ids: Sequence[int], newest: int) -> AsyncGenerator[list[ExportEvent], None]:
        """The states of a snapshot, some at a time: thousands at once would hold up every other stream."""
        held: list[ExportEvent] = []  # until it is known whether one follows
        for first in range(0, len(ids), BATCH):
            events = await self._log.events(ids[first : first + BATCH])
            states = [*held, *(event.as_state() for event in events if self.shows(event))]
            held = states[-1:]
            if first + BATCH >= len(ids):
                held = [state.as_state(newest) for state in held]
                yield [*states[:-1], *held]
            elif states[:-1]:
                yield states[:-1]

    def shows(self, event: ExportEvent) -> bool:
        """As in the list of exports."""
        return in_list(self._caller, self._rights, self._context, event.data.user_id, event.data.export_type)

    def ends_with(self, event: ExportEvent) -> bool:
        """Another export may always follow."""
        return False
