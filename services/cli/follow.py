"""Follows an export to its end: by the event stream, or by polling if there is no stream."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx2

from services.cli.api import Api
from services.cli.errors import Refused
from services.cli.estimate import ShownEstimate, read_estimate
from services.cli.event_stream import EventStream

EVENTS = frozenset({"content_export.state", "content_export.progress"})
STATES = {
    "queued": "created",
    "running": "exporting",
    "completed": "exported",
}  # state of a Progress -> state of its export
ENDS = frozenset({"exported", "failed"})
BROKEN_STREAMS = 5  # streams in a row that bring no event, before polling takes over
RETRY_MS = 1000  # wait before the next stream, unless the server states another
POLL_S = 1.0


@dataclass(frozen=True, slots=True)
class Update:
    """The status of an export: one of the four states, completion in percent, and a message."""

    state: str
    completion: float
    message: str = ""
    estimate: ShownEstimate | None = None

    @property
    def status(self) -> tuple[str, float, str]:
        """What changes; an estimate is another one each time."""
        return self.state, self.completion, self.message

    @property
    def ended(self) -> bool:
        """Whether this is the last update."""
        return self.state in ENDS


def follow(api: Api, progress_id: int, sleep: Callable[[float], None] = time.sleep) -> Iterator[Update]:
    """Yield every change; the last is the end of the export. Raises Refused if we may not see the progress.

    A broken stream is opened again with the id of the last event, so that none is missed or repeated.
    """
    for updates in (_streamed(api, progress_id, sleep), _polled(api, progress_id, sleep)):
        for update in updates:
            yield update
            if update.ended:
                return


def _streamed(api: Api, progress_id: int, sleep: Callable[[float], None]) -> Iterator[Update]:
    """Yield updates for as long as streams bring any."""
    stream, broken = EventStream(), 0
    while broken < BROKEN_STREAMS:
        broken += 1
        try:
            for update in _connected(api, progress_id, stream):
                broken = 0
                yield update
        except httpx2.TransportError:
            pass
        except Refused as error:
            if error.status < 500:
                return  # no stream here; polling finds out whether the progress exists
        sleep((stream.retry_ms or RETRY_MS) / 1000)


def _connected(api: Api, progress_id: int, stream: EventStream) -> Iterator[Update]:
    """Yield the updates of one connection."""
    with api.events(progress_id, stream.last_id) as response:
        if response.status_code == httpx2.codes.NO_CONTENT:  # there are no more events
            yield _of_progress(api.progress(progress_id))
            return
        stream.restart()
        events = (event for chunk in response.iter_raw() for event in stream.feed(chunk))
        yield from (_of_event(json.loads(event.data)) for event in events if event.name in EVENTS)


def _polled(api: Api, progress_id: int, sleep: Callable[[float], None]) -> Iterator[Update]:
    last = None
    while last is None or not last.ended:
        update = _of_progress(api.progress(progress_id))
        if last is None or update.status != last.status:
            yield update
        last = update
        if not update.ended:
            sleep(POLL_S)


def _of_event(data: dict[str, Any]) -> Update:
    completion, estimate = float(data.get("completion") or 0), read_estimate(data.get("estimate"))
    return Update(data["workflow_state"], completion, data.get("message") or "", estimate)


def _of_progress(data: dict[str, Any]) -> Update:
    state = STATES.get(data["workflow_state"], data["workflow_state"])
    completion, estimate = float(data.get("completion") or 0), read_estimate(data.get("estimate"))
    return Update(state, completion, data.get("message") or "", estimate)
