"""Who waits for an export is woken when it changes its state: no polling, and no connection is held meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager

from shared.adapters.postgres.listener import Link
from shared.adapters.postgres.listener import News as Heard
from shared.contracts.events import STATE


class News:
    """All waiting requests of this process."""

    def __init__(self) -> None:
        self.closed = False
        self._waiting: dict[int, set[asyncio.Event]] = {}

    async def run(self, heard: AsyncGenerator[Heard, None]) -> None:
        """Wake those whom it concerns, and all whenever something may have been missed."""
        async with aclosing(heard):
            async for news in heard:
                if isinstance(news, Link):
                    self._wake_all()
                elif news.name == STATE:
                    for event in self._waiting.get(news.data.content_export_id, ()):
                        event.set()

    def wanted(self) -> bool:
        """Whether anybody waits: whoever comes later looks at the export after that, and finds what has been."""
        return bool(self._waiting)

    @contextmanager
    def of(self, export_id: int) -> Iterator[asyncio.Event]:
        """An event that is set at each change; look at the export after this, so that none is missed."""
        event = asyncio.Event()
        self._waiting.setdefault(export_id, set()).add(event)
        try:
            yield event
        finally:
            self._waiting[export_id].discard(event)
            if not self._waiting[export_id]:
                del self._waiting[export_id]

    def close(self) -> None:
        """The process stops: nobody waits any more."""
        self.closed = True
        self._wake_all()

    def _wake_all(self) -> None:
        for events in self._waiting.values():
            for event in events:
                event.set()
