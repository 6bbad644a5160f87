"""Clients that create exports through any of several gateways, watch them through another one and download them."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from deploy.stack.child_processes import wait_until
from tests.support.client import Client

TYPES = ("common_cartridge", "qti", "zip")
CLIENTS = 4
PATIENCE_S = 120.0


@dataclass
class ExportLoad:
    """What the clients do. `gateways` may be changed while they run: each export uses those of its beginning."""

    course: int
    folder: Path  # for downloads
    gateways: list[Client]
    exported: list[int] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _begun: set[int] = field(default_factory=set)

    def one(self, number: int) -> None:
        """Create, watch and download one export; whatever goes wrong is a failure."""
        gateways = list(self.gateways)
        creating, reading = gateways[number % len(gateways)], gateways[(number + number // 3) % len(gateways)]
        try:
            created = creating.create(self.course, TYPES[number % len(TYPES)])
            done = reading.finished(created, PATIENCE_S, at=f"courses/{self.course}")
            assert done["workflow_state"] == "exported", done
            reading.download(done, self.folder / f"{number}.package").unlink()
        except Exception as error:  # noqa: BLE001  (reported by the test)
            self.failures.append(
                f"{number} by {creating.base_url}, {reading.base_url}: {type(error).__name__}: {error}"
            )
        else:
            self.exported.append(done["id"])

    def run(self, numbers: Iterable[int]) -> None:
        """As many exports, by several clients at a time."""
        with ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(self.one, numbers))

    @contextmanager
    def running(self) -> Iterator[Callable[[], None]]:
        """One export after another during the block; gives a function that waits for those that have begun by then."""
        stopping = threading.Event()

        def client() -> None:
            while not stopping.is_set():
                number = next(self._numbers)
                self._begun.add(number)
                self.one(number)
                self._begun.discard(number)

        def settled() -> None:
            begun = set(self._begun)
            assert wait_until(lambda: not begun & self._begun, PATIENCE_S)

        with ThreadPoolExecutor(CLIENTS) as pool:
            clients = [pool.submit(client) for _ in range(CLIENTS)]
            try:
                yield settled
            finally:
                stopping.set()
        for each in clients:
            each.result()
