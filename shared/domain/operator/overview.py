"""What operators see of the whole system at a glance: what waits and runs, and how fast exports were lately."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from shared.domain.export import ExportType

MOST_COUNTED = 10_000  # exports of one kind: more are not counted
MOST_HOURS = 48


class Lane(Struct, frozen=True):
    """The exports of a type that are large, or that are not. Each number is counted up to MOST_COUNTED."""

    export_type: ExportType
    large: bool
    waiting: int  # that a worker may take
    held: int  # behind others of their owners
    building: int


class TypeQueue(Struct, frozen=True):
    """A type: since when its first export waits, and who can build."""

    export_type: ExportType
    oldest_waiting: datetime | None
    workers: int  # alive, and not draining
    slots: int


class HourOfExports(Struct, frozen=True):
    """The exports of a type, or of all, that ended within an hour. Times of waiting are from creation to the first attempt."""

    export_type: ExportType | None  # None: of all types
    began: datetime  # of the hour, in UTC
    exported: int
    failed: int
    median_wait_s: float | None
    longest_wait_s: float | None  # of nine in ten
