"""How an export goes, as it happens: from the event stream, or by asking again and again where that cannot be had."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx2

from services.cli.api import Api
from services.cli.errors import Refused
from services.cli.event_stream import EventStream

EVENTS = frozenset({"content_export.state", "content_export.progress"})
STATES = {"queued": "created", "running": "exporting", "completed": "exported"}  # of a progress, as of an export
ENDS = frozenset({"exported", "failed"})
BROKEN_STREAMS = 5  # in a row, without an event, until polling takes over
RETRY_MS = 1000
POLL_S = 1.0


@dataclass(frozen=True, slots=True)
class Update:
    """Where an export stands: one of the four states, percent, and what there is to say."""

    state: str
    completion: float
    message: str = ""

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.state in ENDS


def follow(api: Api, progress_id: int, sleep: Callable[[float], None] = time.sleep) -> Iterator[Update]:
    """Give every change until the end, which is the last. Refused if the progress is not ours to see.

    A broken stream is opened again with the id of the last event, so that none is missed or told twice.
    """
    for updates in (_streamed(api, progress_id, sleep), _polled(api, progress_id, sleep)):
        for update in updates:
            yield update
            if update.ended:
                return


def _streamed(api: Api, progress_id: int, sleep: Callable[[float], None]) -> Iterator[Update]:
    """Give updates for as long as streams bring any."""
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
                return  # no stream here; polling tells whether there is a progress at all
        sleep((stream.retry_ms or RETRY_MS) / 1000)


def _connected(api: Api, progress_id: int, stream: EventStream) -> Iterator[Update]:
    """Give the updates of one connection."""
    with api.events(progress_id, stream.last_id) as answer:
        if answer.status_code == httpx2.codes.NO_CONTENT:  # all has been told
            yield _of_progress(api.progress(progress_id))
            return
        stream.restart()
        events = (event for chunk in answer.iter_raw() for event in stream.feed(chunk))
        yield from (_of_event(json.loads(event.data)) for event in events if event.name in EVENTS)


def _polled(api: Api, progress_id: int, sleep: Callable[[float], None]) -> Iterator[Update]:
    last = None
    while last is None or not last.ended:
        update = _of_progress(api.progress(progress_id))
        if update != last:
            yield update
        last = update
        if not update.ended:
            sleep(POLL_S)


def _of_event(data: dict[str, Any]) -> Update:
    return Update(data["workflow_state"], float(data.get("completion") or 0), data.get("message") or "")


def _of_progress(data: dict[str, Any]) -> Update:
    state = STATES.get(data["workflow_state"], data["workflow_state"])
    return Update(state, float(data.get("completion") or 0), data.get("message") or "")
