"""A log, notifications under way and readers, in memory: things may happen in any order, even while a reader reads."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import strategies as st

from services.progress.hub import Hub
from shared.adapters.postgres.export_events import Subject
from shared.adapters.postgres.listener import Link
from shared.contracts.events import STATE, ExportEvent
from shared.domain.errors import DatabaseUnavailable
from tests.support.events import a_completion, a_state

BATCH = 3
STEPS = st.sampled_from(["state", "completion", "other", "deliver", "deliver", "lose", "fail"])


@dataclass
class World:
    """What has committed, and what of it is still on its way to the hub."""

    hub: Hub = field(default_factory=Hub)
    log: list[ExportEvent] = field(default_factory=list)
    under_way: list[ExportEvent] = field(default_factory=list)
    while_reading: list[str] = field(default_factory=list)
    fails: bool = False

    async def after(self, subject: Subject, event_id: int) -> list[ExportEvent]:
        """The log as it stood when it was asked; much may happen before the answer arrives."""
        answer = [event for event in self.log if event.id > event_id][:BATCH]
        happening, self.while_reading = self.while_reading, []
        for step in happening:
            await self.do(step)
        if self.fails:
            self.fails = False
            raise DatabaseUnavailable
        return answer

    async def do(self, step: str) -> None:
        """One thing happens."""
        if step in ("state", "completion", "other"):
            build = a_state if step == "state" else a_completion
            event = build(len(self.log) + 1, progress_id=2 if step == "other" else 1)
            self.log.append(event)
            self.under_way.append(event)
        elif step == "deliver" and self.under_way:
            await self.hub._hear(self.under_way.pop(0))
        elif step == "lose":
            self.under_way.clear()
            await self.hub._hear(Link.UP)
        elif step == "fail":
            self.fails = True

    async def settle(self) -> None:
        """What is under way arrives."""
        self.while_reading, self.fails = [], False
        while self.under_way:
            await self.do("deliver")

    def assert_told(self, told: list[int], first: int) -> None:
        """After `first`: every state once and in order, of completion nothing twice, and each export's newest event."""
        assert told == sorted(set(told))
        assert all(event_id > first for event_id in told)
        states = {event.id for event in self.log if event.name == STATE and event.id > first}
        assert states == states & set(told)
        for progress_id in (1, 2):
            after = [event.id for event in self.log if event.data.progress_id == progress_id and event.id > first]
            assert not after or after[-1] in told
