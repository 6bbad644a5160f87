"""Which faults a random run injects: drawn from weighted kinds by a seed, so that the same seed draws the same ones."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from deploy.stack.service_processes import SERVICES
from tests.chaos.faults import WORKERS, Faults

ALL = tuple(service.name for service in SERVICES)
TWO_AT_ONCE = 0.2  # the share of injections that are two faults at once


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fault. `targets` are the processes that it may meet; without any it has the target of its own.

    One that is `survived` has its recovery while it lasts: what is left does the work.
    """

    name: str
    weight: float
    lasts_s: tuple[float, float]
    begin: Callable[..., AbstractContextManager[None]]
    targets: Sequence[str] = ()
    target: str = ""
    native: bool = False  # needs servers that are processes of this machine
    survived: bool = False


KINDS = (
    Kind("killed", 28, (0.0, 1.0), Faults.killed, ALL),
    Kind("stopped", 8, (0.0, 1.0), Faults.stopped, ALL),
    Kind("frozen", 24, (0.3, 8.0), Faults.frozen, ALL),
    Kind("starved", 4, (1.0, 4.0), Faults.starved, WORKERS),
    Kind("full disk", 5, (1.0, 4.0), Faults.full_disk, WORKERS),
    Kind("queue deleted", 8, (0.0, 0.5), Faults.queue_deleted, target="broker"),
    Kind("connections closed", 3, (0.0, 0.5), Faults.connections_closed, target="broker", native=True),
    Kind("broker restarted", 3, (0.0, 2.0), Faults.broker_restarted, target="broker"),
    Kind("broker killed", 3, (0.0, 2.0), Faults.broker_killed, target="broker", native=True),
    Kind("broker frozen", 5, (1.0, 20.0), Faults.broker_frozen, target="broker", native=True),
    Kind("sessions ended", 8, (0.0, 0.5), Faults.sessions_ended, target="database"),
    Kind("database restarted", 3, (0.0, 3.0), Faults.database_restarted, target="database"),
    Kind("database crashed", 3, (0.0, 2.0), Faults.database_crashed, target="database", native=True),
    Kind("database frozen", 4, (0.5, 5.0), Faults.database_frozen, target="database", native=True),
    Kind("table locked", 5, (0.5, 4.0), Faults.table_locked, target="database"),
    Kind("store gone", 6, (0.5, 6.0), Faults.store_gone, target="store"),
)


@dataclass(frozen=True, slots=True)
class Injection:
    """A fault with its target and how long it lasts."""

    kind: Kind
    target: str
    lasts_s: float

    def begin(self, faults: Faults) -> AbstractContextManager[None]:
        """The fault as a block."""
        return self.kind.begin(faults, self.target) if self.kind.targets else self.kind.begin(faults)

    def __str__(self) -> str:
        named = f"{self.target} {self.kind.name}" if self.kind.targets else self.kind.name
        return named if self.kind.survived else f"{named} for {self.lasts_s:.1f} s"


def injection(name: str, lasts_s: float, target: str = "") -> Injection:
    """An injection of the kind with this name, chosen by hand."""
    kind = next(kind for kind in KINDS if kind.name == name)
    return Injection(kind, target or kind.target, lasts_s)


def draw(seed: int, count: int, *, native: bool = True) -> Iterator[list[Injection]]:
    """So many injections, one or two at a time, never two of one target."""
    chance, kinds = random.Random(seed), [kind for kind in KINDS if native or not kind.native]
    while count > 0:
        together = [_one(chance, kinds)]
        if count > 1 and chance.random() < TWO_AT_ONCE:
            other = _one(chance, kinds)
            together += [other] if other.target != together[0].target else []
        count -= len(together)
        yield together


def _one(chance: random.Random, kinds: Sequence[Kind]) -> Injection:
    (kind,) = chance.choices(kinds, [kind.weight for kind in kinds])
    target = chance.choice(kind.targets) if kind.targets else kind.target
    return Injection(kind, target, chance.uniform(*kind.lasts_s))
