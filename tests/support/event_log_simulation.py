"""An event log in memory with pending notifications: steps may come in any order, even while a reader reads."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import strategies as st

from services.progress.hub import Hub
from shared.adapters.postgres.events.export_events import Subject
from shared.adapters.postgres.listener import Link
from shared.contracts.events import STATE, ExportEvent
from shared.domain.errors import DatabaseUnavailable
from tests.support.events import a_completion, a_state

BATCH = 3
STEPS = st.sampled_from(["state", "completion", "other", "deliver", "deliver", "lose", "fail"])


@dataclass
class EventLogSimulation:
    """`log` has committed; the hub has not yet received the events of `pending`."""

    hub: Hub = field(default_factory=Hub)
    log: list[ExportEvent] = field(default_factory=list)
    pending: list[ExportEvent] = field(default_factory=list)
    steps_during_read: list[str] = field(default_factory=list)
    fail_next_read: bool = False

    async def after(self, subject: Subject, event_id: int) -> list[ExportEvent]:
        """The log as it is now. The steps of `steps_during_read` happen before the caller gets it."""
        events = [event for event in self.log if event.id > event_id][:BATCH]
        steps, self.steps_during_read = self.steps_during_read, []
        for step in steps:
            await self.do(step)
        if self.fail_next_read:
            self.fail_next_read = False
            raise DatabaseUnavailable
        return events

    async def do(self, step: str) -> None:
        """Perform one of STEPS."""
        if step in ("state", "completion", "other"):
            build = a_state if step == "state" else a_completion
            event = build(len(self.log) + 1, progress_id=2 if step == "other" else 1)
            self.log.append(event)
            self.pending.append(event)
        elif step == "deliver" and self.pending:
            await self.hub._hear(self.pending.pop(0))
        elif step == "lose":
            self.pending.clear()
            await self.hub._hear(Link.UP)
        elif step == "fail":
            self.fail_next_read = True

    async def deliver_all(self) -> None:
        """Deliver all pending notifications."""
        self.steps_during_read, self.fail_next_read = [], False
        while self.pending:
            await self.do("deliver")

    def assert_delivered(self, delivered: list[int], first: int) -> None:
        """Of the events after `first`: every state once and in order, no event twice, and the newest of each export."""
        assert delivered == sorted(set(delivered))
        assert all(event_id > first for event_id in delivered)
        states = {event.id for event in self.log if event.name == STATE and event.id > first}
        assert states == states & set(delivered)
        for progress_id in (1, 2):
            after = [event.id for event in self.log if event.data.progress_id == progress_id and event.id > first]
            assert not after or after[-1] in delivered
