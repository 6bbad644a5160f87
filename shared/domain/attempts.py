"""Attempts at an export: how one ended, why, and what took its time."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct, field


class AttemptOutcome(StrEnum):
    """How an attempt ended; the trigger export_attempt_ended writes the same words."""

    FINISHED = "finished"  # the export is exported
    FAILED = "failed"  # something is wrong with the export
    RELEASED = "released"  # handed back by a worker that was shut down, or whose content was replaced meanwhile
    LAPSED = "lapsed"  # the worker was lost, or froze: its lease ended
    CANCELLED = "cancelled"
    INFRASTRUCTURE = "infrastructure"  # handed back: a server, the disk or the process was at fault


class SlowObject(Struct, frozen=True, omit_defaults=True):
    """A member of the package that took long to write, and the object that it is written for."""

    path: str
    seconds: float
    kind: str | None = None
    item_id: int | None = None
    title: str | None = None


class AttemptFacts(Struct, frozen=True, omit_defaults=True):
    """What took the time of an attempt: seconds by phase (prepare, pack, verify), and the slowest members, the slowest first."""

    phases: dict[str, float] = field(default_factory=dict)
    slowest: list[SlowObject] = field(default_factory=list)


NO_FACTS = AttemptFacts()


class HandedBack(Struct, frozen=True):
    """Why a worker handed an attempt back, and what it had done until then."""

    outcome: AttemptOutcome = AttemptOutcome.RELEASED
    code: str | None = None
    message: str | None = None
    facts: AttemptFacts = NO_FACTS


NO_REASON = HandedBack()


class Attempt(Struct, frozen=True):
    """One attempt at an export. Of a running one, everything about its end is None."""

    number: int
    worker: str | None
    claimed_at: datetime | None
    ended_at: datetime | None = None
    outcome: AttemptOutcome | None = None
    counts: bool = True  # towards the most attempts that are made
    error_code: str | None = None
    error_message: str | None = None
    facts: AttemptFacts = NO_FACTS
