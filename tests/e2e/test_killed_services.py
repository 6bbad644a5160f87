"""Processes are killed, and messages and writes lost, at the worst moments: no export is lost or packed twice.

A lock in the database makes a process wait at the chosen moment; it is killed while it waits.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import aio_pika
import psutil
import pytest

from deploy.stack.child_processes import wait_until
from shared.contracts.topology import request_queue
from shared.domain.export import ExportType
from tests.support.blocking_lock import blocking_lock
from tests.support.client import Client
from tests.support.stack import Stack

# What stops a worker there, and the attempt that ends the export: a claim that has not committed is no attempt.
MOMENTS = {
    "claiming": ("LOCK TABLE export_clocks IN SHARE MODE", "1"),
    "about to read": ("LOCK TABLE content_objects IN ACCESS EXCLUSIVE MODE", "2"),
    "about to finish": ("LOCK TABLE package_entries IN SHARE MODE", "2"),
}


def objects(stack: Stack, export: dict[str, Any]) -> list[Path]:
    """The objects of an export in the store, complete or not."""
    return [path for path in Path(stack.store_url, "packages", str(export["id"])).rglob("*") if path.is_file()]


def states(stack: Stack, export: dict[str, Any]) -> list[str]:
    """Every state of the export in the event log, in order."""
    rows = stack.query(
        "SELECT data ->> 'workflow_state' AS state FROM export_events"
        " WHERE content_export_id = $1 AND name = 'content_export.state' ORDER BY id",
        export["id"],
    )
    return [row["state"] for row in rows]


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_worker_that_is_killed_at_a_bad_moment_costs_an_attempt_at_most_and_nothing_else(
    stack: Stack, admin: Client, sample: int, moment: str, tmp_path: Path
) -> None:
    statement, attempt = MOMENTS[moment]

    async def killed() -> dict[str, Any]:
        stack.stop("zip")  # until the lock is there
        export = admin.create(sample, "zip")
        async with blocking_lock(stack.database_url, statement) as reached:
            stack.start("zip")
            await reached()
            stack.kill("zip")
        return export

    export = asyncio.run(killed())
    stack.start("zip")
    done = admin.finished(export)
    assert done["workflow_state"] == "exported"
    assert states(stack, export) == ["created", "exporting", "exported"]
    (package,) = objects(stack, export)
    assert package.parent.name == attempt
    admin.download(done, tmp_path / "package.zip")


def waiting_messages(stack: Stack) -> int:
    return int(stack.query("SELECT count(*) AS waiting FROM outbox")[0]["waiting"])


def test_a_relay_that_is_killed_between_sending_and_forgetting_sends_twice_and_it_is_built_once(
    stack: Stack, admin: Client, sample: int
) -> None:
    async def sent_and_killed() -> list[dict[str, Any]]:
        stack.kill("relay")
        exports = [admin.create(sample, "zip") for _ in range(3)]
        async with blocking_lock(
            stack.database_url, "LOCK TABLE outbox IN SHARE MODE"
        ) as reached:  # it can be read, and not deleted from
            stack.start("relay")
            await reached()
            assert {admin.finished(export)["workflow_state"] for export in exports} == {"exported"}
            stack.kill("relay")
        return exports

    exports = asyncio.run(sent_and_killed())
    assert waiting_messages(stack) == len(exports)
    stack.start("relay")
    following = admin.exported(sample, "zip")
    for export in [*exports, following]:
        assert states(stack, export) == ["created", "exporting", "exported"]
        assert [path.parent.name for path in objects(stack, export)] == ["1"]
    # The lease of the one that was killed ends first.
    assert wait_until(lambda: waiting_messages(stack) == 0, 30, pause_s=0.2)


def test_a_message_that_the_broker_has_lost_is_sent_again(stack: Stack, admin: Client, sample: int) -> None:
    async def created_and_lost() -> tuple[dict[str, Any], int]:
        async with await aio_pika.connect(stack.system.servers.amqp_url) as connection:
            queue = await (await connection.channel()).get_queue(request_queue(ExportType.ZIP))
            await queue.purge()  # second messages of earlier exports
            export = admin.create(sample, "zip")
            for _ in range(200):
                if (purged := await queue.purge()).message_count:
                    return export, int(purged.message_count)
                await asyncio.sleep(0.05)
        return export, 0

    stack.stop("zip")
    try:
        export, lost = asyncio.run(created_and_lost())
    finally:
        stack.start("zip")
    assert lost == 1
    assert admin.finished(export)["workflow_state"] == "exported"
    assert [path.parent.name for path in objects(stack, export)] == ["1"]


def test_a_store_that_takes_no_more_bytes_delays_an_export_and_leaves_no_part(
    stack: Stack, admin: Client, sample: int, tmp_path: Path
) -> None:
    worker = psutil.Process(stack.pid("zip"))
    before = worker.rlimit(psutil.RLIMIT_FSIZE)
    worker.rlimit(psutil.RLIMIT_FSIZE, (50_000, before[1]))  # as a full disk does, it fails a write in the middle
    try:
        export = admin.create(sample, "zip")
        deadline = time.monotonic() + 20
        while not any(line["event"] == "export_handed_back" for line in stack.logged("zip", export_id=export["id"])):
            assert time.monotonic() < deadline, "the worker noticed nothing"
            time.sleep(0.05)
        assert objects(stack, export) == []
        assert admin.show(sample, export["id"])["workflow_state"] == "exporting"
    finally:
        worker.rlimit(psutil.RLIMIT_FSIZE, before)
    done = admin.finished(export)
    assert done["workflow_state"] == "exported"
    assert stack.pid("zip") == worker.pid
    admin.download(done, tmp_path / "package.zip")
