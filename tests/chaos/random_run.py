"""Exports are requested, cancelled and deleted while faults are injected at random; the invariants are checked throughout.

The recovery of an injection is the time from the end of its faults until every process is ready and one export of each
type, requested then by another owner, has been exported behind the load. Where a fault is survived, it is the time from its
begin.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

from deploy.stack.child_processes import wait_until
from tests.chaos.background import Background, background
from tests.chaos.clients import AGAIN, BEHIND_A_PROXY, TYPES, Caller, Clients
from tests.chaos.faults import Faults, Recovery
from tests.chaos.figures import Row
from tests.chaos.injections import Injection
from tests.chaos.invariants import STUCK_S, Facts, Violation, always, at_the_end, lost_and_doubled
from tests.chaos.readers import DeliveredStates, follow
from tests.chaos.snapshots import snapshot, stored_packages
from tests.support.campus import Campus, write_folder
from tests.support.stack import Stack

COURSES, OWNERS, CALLERS = 3, 2, 12
CHECK_EVERY = 5  # injections


@dataclass(frozen=True)
class Plan:
    """What a run does. `cleaned`: the janitor of this system removes orphaned objects within a minute."""

    injections: Sequence[Sequence[Injection]]  # those of an inner sequence last at one time
    exports: int
    seed: int  # of the clients, and of what an injection leaves open
    cleaned: bool = True

    @property
    def count(self) -> int:
        """How many injections there are."""
        return sum(map(len, self.injections))


@dataclass
class RandomRun:
    """A run on a system of its own; or on a shared one, whose other exports it does not see."""

    stack: Stack
    plan: Plan
    folder: Path
    report: Callable[[str], None] = print
    name: str = "random"
    url: str = ""  # of the API, if it is not that of the one gateway
    open_faults: Callable[[Stack, Background, Random], Faults] = Faults
    violations: list[Violation] = field(default_factory=list)
    recoveries: list[tuple[Sequence[Injection], float]] = field(default_factory=list)

    def run(self) -> Facts:
        """Inject everything, and see every export to its end. The facts at the end; `violations` has what broke."""
        self._set_up()
        with background() as self.loop:
            self.faults = self.open_faults(self.stack, self.loop, Random(self.plan.seed))
            self.loop.call(self.delivered.begin())
            readers = [self.loop.spawn(self.delivered.run()), *map(self._follow, self.courses)]
            clients = self.loop.spawn(self.clients.run(self.plan.exports))
            self._inject_all()
            clients.result(STUCK_S + self.plan.exports)  # raises what a client has raised
            facts = self._settled()
            for reader in readers:
                reader.cancel()
            self.loop.call(self.delivered.end())
        self.violations += [*at_the_end(facts), *self._answers()]
        return facts

    def rows(self, facts: Facts) -> list[Row]:
        """The table: all together, then each kind of fault. An injection of two faults counts for both."""
        lost, doubled = lost_and_doubled(facts)
        seconds = [seconds for _, seconds in self.recoveries]
        failed = int(bool(self.violations))
        total = Row(self.name, len(facts.exports), lost, doubled, seconds, self.plan.count, failed)
        of_kind: dict[str, list[float]] = defaultdict(list)
        for injections, recovery in self.recoveries:
            for each in injections:
                of_kind[each.kind.name].append(recovery)
        kinds = [Row(f"- {name}", recoveries=each, runs=len(each)) for name, each in sorted(of_kind.items())]
        return [total, *kinds]

    def _set_up(self) -> None:
        campus, stack, seed = Campus(self.stack), self.stack, self.plan.seed
        self.courses = [campus.load(write_folder(self.folder / str(n), *_course(n))) for n in range(COURSES)]
        owners = [stack.token(9000 + n, "--site-admin") for n in range(OWNERS)]
        again = BEHIND_A_PROXY if self.url else AGAIN
        self.url = self.url or stack.base_url
        callers = [Caller(self.url, owners[n % len(owners)], again) for n in range(CALLERS)]
        self.clients = Clients(callers, self.courses, seed)
        self.prober = Caller(self.url, stack.token(9999, "--site-admin"), again)
        self.delivered = DeliveredStates(stack.system.servers.amqp_url)
        self.streams: dict[int, list[int]] = {course: [] for course in self.courses}

    def _follow(self, course: int) -> Any:
        return self.loop.spawn(follow(self.url, self.prober.token, course, self.streams[course]))

    def _inject_all(self) -> None:
        done, permitted = 0, 0
        for together in self.plan.injections:
            done += len(together)
            due = self.plan.exports * done // self.plan.count
            self.loop.call(_permit(self.clients, due - permitted))
            permitted = due
            self._inject(together, done)
            if done % CHECK_EVERY == 0:
                self._check()

    def _inject(self, together: Sequence[Injection], number: int) -> None:
        survived, began = all(each.kind.survived for each in together), time.monotonic()
        with ExitStack() as lasting:
            for each in together:
                lasting.enter_context(each.begin(self.faults))
            if survived:
                seconds = self._recover(began)
            else:
                time.sleep(max(each.lasts_s for each in together))
        after = self._recover(time.monotonic())
        seconds = seconds if survived else after
        self.recoveries.append((together, seconds))
        self.report(f"{number}/{self.plan.count} {' and '.join(map(str, together))}: recovered in {seconds:.1f} s")

    def _recover(self, began: float) -> float:
        """Wait until all is well again. Returns the seconds since `began`."""
        Recovery(self.stack).wait(STUCK_S)
        self.loop.call(self._probe(), STUCK_S)
        return time.monotonic() - began

    async def _probe(self) -> None:
        """One export of each type, requested now, is exported."""
        async with self.prober.session() as session:
            asked = [self.prober.create(session, self.courses[0], each) for each in TYPES]
            await asyncio.gather(*(self.prober.finished(session, each) for each in await asyncio.gather(*asked)))

    def _check(self) -> None:
        found = always(self.loop.call(snapshot(self.stack.database_url, self.courses)))
        self.violations += found
        for each in found[:5]:
            self.report(f"VIOLATION {each.invariant}: export {each.export_id} {each.text}")

    def _settled(self) -> Facts:
        """All facts, as soon as nothing is missing, or once the stated time is over."""
        wait_until(lambda: not at_the_end(self._facts()), STUCK_S, pause_s=1.0)
        return self._facts()

    def _facts(self) -> Facts:
        rows = self.loop.call(snapshot(self.stack.database_url, self.courses))
        callers = [*self.clients.callers, self.prober]
        return replace(
            rows,
            requests=[request for caller in callers for request in caller.requests],
            objects=list(stored_packages(Path(self.stack.store_url), rows.exports)),
            streams={course: tuple(ids) for course, ids in self.streams.items()},
            delivered=self.delivered.of_contexts(self.courses),
            cleaned=self.plan.cleaned,
        )

    def _answers(self) -> list[Violation]:
        return [each for caller in (*self.clients.callers, self.prober) for each in caller.violations]


async def _permit(clients: Clients, exports: int) -> None:
    clients.permit(exports)


def _course(number: int) -> tuple[dict[str, Any], dict[str, bytes]]:
    """A course with something for every type of export: (documents by kind, files by path)."""
    pages = [{"id": n, "title": f"Page {n}", "body": f"<p>{'tide ' * n}</p>"} for n in range(1, 4 + number)]
    documents = {
        "course": {"id": number + 1, "name": f"Chaos {number}"},
        "pages": pages,
        "quizzes": [{"id": 1, "title": "One quiz"}],
    }
    return documents, {"notes.txt": b"high water at six", "data.bin": bytes(range(256)) * 400 * (number + 1)}
