"""A worker process, as operators see it."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from shared.domain.export import ExportType


class WorkerProcess(Struct, frozen=True):
    """A process that builds exports of one type. One that is killed is listed for a day."""

    name: str  # of the machine, the process, and its start
    export_type: ExportType
    slots: int
    version: str | None  # None: of an earlier release
    started_at: datetime
    seen_at: datetime | None  # its last heartbeat
    is_alive: bool  # its heartbeats come
    draining_since: datetime | None  # it takes no more exports
    running: list[int]  # the exports that it builds
