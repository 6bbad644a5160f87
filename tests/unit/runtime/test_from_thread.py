"""A packaging thread asks the event loop, and is never left waiting for ever."""

from __future__ import annotations

import asyncio

import pytest

from shared.domain.errors import DatabaseUnavailable, ObjectMissing
from shared.runtime import from_thread


async def test_a_thread_gets_what_the_loop_has_found() -> None:
    async def found() -> int:
        await asyncio.sleep(0)
        return 7

    loop = asyncio.get_running_loop()
    assert await asyncio.to_thread(from_thread.run_on_loop, found(), loop, DatabaseUnavailable) == 7


async def test_what_the_work_raises_reaches_the_thread_as_it_is() -> None:
    async def missing() -> None:
        raise ObjectMissing("nothing there")

    loop = asyncio.get_running_loop()
    with pytest.raises(ObjectMissing, match="nothing there"):
        await asyncio.to_thread(from_thread.run_on_loop, missing(), loop, DatabaseUnavailable)


async def test_work_that_takes_too_long_is_cancelled_and_reported_as_unavailable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(from_thread, "ANSWER_TIMEOUT_S", 0.02)
    cancelled = asyncio.Event()

    async def never() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    loop = asyncio.get_running_loop()
    with pytest.raises(DatabaseUnavailable):
        await asyncio.to_thread(from_thread.run_on_loop, never(), loop, DatabaseUnavailable)
    await asyncio.wait_for(cancelled.wait(), 5)
