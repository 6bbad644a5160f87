"""Which progress is due on the broker: of each export the latest event, at most one in a second."""

from __future__ import annotations

from shared.contracts.events import PROGRESS, ExportEvent

EVERY_S = 1.0


class LatestProgress:
    """The latest progress of exports that are being built. Times are of one monotonic clock, in seconds.

    Nothing is lost that matters: progress that is never published is followed by other progress, or by the end.
    """

    def __init__(self) -> None:
        self._waiting: dict[int, int] = {}  # event ids by progress ids
        self._sent_at: dict[int, float] = {}  # by progress ids, for a second

    def hear(self, event: ExportEvent, now: float) -> float | None:
        """Keep progress, instead of earlier progress of its export; forget an export that has ended.

        Seconds until something is due that did not wait before; None without.
        """
        progress_id = event.data.progress_id
        if event.name == PROGRESS:
            is_new = progress_id not in self._waiting
            self._waiting[progress_id] = event.id
            return max(0.0, self._sent_at.get(progress_id, now - EVERY_S) + EVERY_S - now) if is_new else None
        if event.ends_export:
            self._waiting.pop(progress_id, None)
        return None

    def take_due(self, now: float) -> list[int]:
        """The ids of the events to publish now. They no longer wait: even if publishing fails, the next one is due later."""
        self._sent_at = {each: at for each, at in self._sent_at.items() if now - at < EVERY_S}
        due = [each for each in self._waiting if each not in self._sent_at]
        for progress_id in due:
            self._sent_at[progress_id] = now
        return [self._waiting.pop(progress_id) for progress_id in due]
