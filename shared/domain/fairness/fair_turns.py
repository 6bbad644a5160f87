"""Whose turn it is: start-time fair queueing, with the cost of an export in estimated seconds.

A flow is what one owner has requested of one export type in one priority. Each export of a flow begins, in virtual time,
where the one before it ends, and never before the virtual now of its type, which is the turn of the export that was
claimed last. The waiting export with the lowest turn is built next: so an owner who has just come waits for no other's
thousand, and owners who wait share the workers by weight, whatever each has requested.
Source: Goyal, Vin, Cheng: Start-time Fair Queueing, SIGCOMM 1996. The SQL of content_exports.py and leases.py is tested
against the simulation of these rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.export_settings import ExportSettings
from shared.domain.kinds import Kind

_ATTEMPT_S = 0.1  # what the smallest export takes: claim, package, verification, finish
_OBJECTS_PER_S = 1_000
_BYTES_PER_S = 50_000_000

NO_LIMIT = 2**31 - 1


@dataclass(frozen=True, slots=True)
class QueueLimits:
    """The limits of the queue; 0 is no limit."""

    per_owner: int = 0  # exports of one flow that are in flight, or next, at a time; the others are held back
    large_s: float = 10.0  # estimated seconds from which an export is large: these leave a slot to the others

    @property
    def most_open(self) -> int:
        """The exports of a flow that are not held back."""
        return self.per_owner or NO_LIMIT


QUEUE_LIMITS = QueueLimits()


def cost_s(objects: int, size: int) -> float:
    """The estimated seconds that an export of so many objects, with so many bytes of files, takes to build."""
    return _ATTEMPT_S + objects / _OBJECTS_PER_S + size / _BYTES_PER_S


def selected_share(settings: ExportSettings, objects: int) -> float:
    """Which share of so many objects a selection is, at most: 1 where it may be all of them."""
    select = settings.selected
    if select.everything or select.flags or not objects or any(kind is Kind.FOLDERS for kind, _ in select.named):
        return 1.0
    return min(1.0, len(select.named) / objects)


def turns(now: float, last_end: float, charges: Sequence[float]) -> tuple[list[float], float]:
    """(the turns of exports that a flow requests together, where the last one ends), in virtual seconds.

    `charges` are cost / weight of each; `last_end` is where the flow's last export before them ends.
    """
    begun, begins = max(now, last_end), []
    for charge in charges:
        begins.append(begun)
        begun += charge
    return begins, begun
