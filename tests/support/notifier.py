"""A notifier in this process, and one as a process of its own, which a test may kill."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from deploy.stack.checkout import ROOT
from deploy.stack.ports import free_port
from services.notifier.channel import NoticeChannel
from services.notifier.intake import EventIntake
from services.notifier.sending import Sender
from shared.adapters.postgres.notices.deliveries import Deliveries
from shared.adapters.postgres.pool import Pool
from shared.adapters.rabbitmq.connection import keep_connected

PUBLIC_URL = "https://exports.school.edu"


@asynccontextmanager
async def notifier_here(amqp_url: str, pool: Pool, channels: Sequence[NoticeChannel]) -> AsyncIterator[EventIntake]:
    """A notifier with these channels, in this process, during the block."""
    stopping = asyncio.Event()
    senders = [Sender(Deliveries(pool), each, stopping, sweep_s=0.05, grace_s=5.0) for each in channels]
    intake = EventIntake(pool, channels, [sender.wake for sender in senders], stopping)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(keep_connected(amqp_url, stopping, intake.serve))
        for sender in senders:
            tasks.create_task(sender.run())
        yield intake
        stopping.set()


@contextmanager
def notifier(log: Path, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process during the block, which is killed at its end; settings by their upper-case names."""
    env = {**os.environ, "SECRET_KEY": "k" * 32, "PUBLIC_URL": PUBLIC_URL, "MAIL_FROM": "exports@school.edu"}
    env |= {"HTTP_PORT": str(free_port()), "SWEEP_S": "0.1", **settings}
    with (
        log.open("ab") as output,
        subprocess.Popen([sys.executable, "-m", "services.notifier"], env=env, cwd=ROOT, stderr=output) as process,
    ):
        try:
            yield process
        finally:
            process.kill()
