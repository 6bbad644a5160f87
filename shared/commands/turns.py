"""Turns of commands: a step that must keep the order in which they arrived, though each takes its own time before it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


@dataclass(slots=True)
class Turns:
    """Gives numbers in the order of arrival, and lets one after another pass."""

    _issued: int = 0
    _next: int = 0  # the lowest number that has not passed
    _last: datetime = field(default_factory=lambda: datetime.now(UTC))
    _passed: set[int] = field(default_factory=set)
    _waiting: dict[int, asyncio.Future[None]] = field(default_factory=dict)

    def take(self) -> Turn:
        """The turn of a command that has just arrived."""
        self._issued += 1
        self._last = max(datetime.now(UTC), self._last + timedelta(microseconds=1))
        return Turn(self, self._issued - 1, self._last)

    async def wait(self, number: int) -> None:
        """Return once all before this one have passed."""
        if number > self._next:
            self._waiting[number] = asyncio.get_running_loop().create_future()
            try:
                await self._waiting[number]
            finally:
                del self._waiting[number]

    def pass_on(self, number: int) -> None:
        """Let the next one pass, once all before this one have; a second time changes nothing."""
        if number >= self._next:
            self._passed.add(number)
        while self._next in self._passed:
            self._passed.discard(self._next)
            self._next += 1
        waiting = self._waiting.get(self._next)
        if waiting is not None and not waiting.done():
            waiting.set_result(None)


@dataclass(frozen=True, slots=True)
class Turn:
    """The turn of one command. It ends with the command at the latest."""

    turns: Turns
    number: int
    arrived_at: datetime  # later than that of each one before

    async def wait(self) -> None:
        """Return once all commands that arrived earlier have passed."""
        await self.turns.wait(self.number)

    def pass_on(self) -> None:
        """Let the next command pass."""
        self.turns.pass_on(self.number)
