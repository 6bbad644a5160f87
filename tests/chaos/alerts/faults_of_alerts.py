"""The fault behind each alert. Each is a block, during which it lasts; at its end it is undone."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import aio_pika

from deploy.stack.child_processes import wait_until
from shared.contracts.topology import DEAD, request_queue
from shared.domain.export import ExportType
from tests.chaos.alerts.world import NEAR, SAFE, STORE_MIB, World
from tests.support.blocking_lock import blocking_lock
from tests.support.queues import purge
from tests.support.service_client import service_client

# Of a cartridge, behind the header of a member that is read back. Copies of stored files are not: a scrub reads those.
_IN_FIRST_MEMBER = 150


@contextmanager
def worker_stopped(world: World) -> Iterator[None]:
    """The only worker of a type is stopped, while an export waits."""
    with world.faults.stopped("qti"):
        world.admin.create(world.courses["sample"], "qti")
        yield
    world.stack.system.processes.wait_ready("qti")


@contextmanager
def context_paused(world: World) -> Iterator[None]:
    """An operator has paused a context, and has forgotten it; other exports go on."""
    context = f"courses/{world.courses['waits']}"
    operated(world, "pause", "--context", context, "--reason", "a test")
    export = world.admin.create(world.courses["waits"], "qti")
    yield
    operated(world, "resume", "--context", context)
    world.admin.finished(export)


def export_another(world: World) -> None:
    """An export of the other courses meanwhile."""
    world.admin.exported(world.courses["sample"], "qti")


@contextmanager
def bytes_changed_on_their_way(world: World) -> Iterator[None]:
    """A store that changes a byte of what is being written to it."""
    ending = threading.Event()
    changing = threading.Thread(target=_change_parts, args=(Path(world.stack.store_url), ending))
    changing.start()
    try:
        done = world.admin.finished(world.admin.create(world.courses["large"], "common_cartridge"))
        assert done["workflow_state"] == "failed", done
        yield
    finally:
        ending.set()
        changing.join()


def _change_parts(store: Path, ending: threading.Event) -> None:
    changed = set[Path]()
    while not ending.wait(0.001):
        with suppress(FileNotFoundError):  # the janitor removes folders meanwhile
            for part in set(store.rglob("*.part")) - changed:
                if part.stat().st_size > 1 << 20:
                    flip(part, _IN_FIRST_MEMBER)
                    changed.add(part)


def flip(path: Path, place: int) -> None:
    """Change the bits of one byte; the second time it is as it was."""
    with path.open("r+b") as file:
        file.seek(place)
        byte = file.read(1)
        file.seek(place)
        file.write(bytes([byte[0] ^ 0xFF]))


@contextmanager
def package_changed(world: World) -> Iterator[None]:
    """A byte of a stored package changes, and the scrub reads it again."""
    done = world.admin.exported(world.courses["sample"], "zip")
    (package,) = (
        path for path in Path(world.stack.store_url, "packages", str(done["id"])).rglob("*") if path.is_file()
    )
    flip(package, 40)
    yield
    flip(package, 40)


@contextmanager
def defect(world: World) -> Iterator[None]:
    """The database refuses a row that the code takes for right, as after a mistake in a migration."""
    world.stack.query("ALTER TABLE package_entries ADD CONSTRAINT defect CHECK (title <> 'A page') NOT VALID")
    done = world.admin.finished(world.admin.create(world.courses["broken"], "common_cartridge"))
    assert done["workflow_state"] == "failed", done
    yield
    world.stack.query("ALTER TABLE package_entries DROP CONSTRAINT defect")


@contextmanager
def workers_killed(world: World, times: int = 2) -> Iterator[None]:
    """An export ends each worker that builds it."""
    export = _killed(world, times)
    assert wait_until(lambda: state_of(world, export) == "failed", 30)
    yield


@contextmanager
def workers_killed_again(world: World) -> Iterator[None]:
    """Another export of that context ends one more."""
    export = _killed(world, 1)
    yield
    operated(world, "quarantine", "remove", f"courses/{world.courses['deadly']}")
    world.admin.finished(export)


def _killed(world: World, times: int) -> dict[str, Any]:
    """An export whose worker is killed so many times, each time before it has finished. It is started again."""
    with locked(world, "LOCK TABLE package_entries IN SHARE MODE"):
        export = world.admin.create(world.courses["deadly"], "zip")
        for attempt in range(1, times + 1):
            assert wait_until(partial(_is_built, world, export, attempt), 30), f"attempt {attempt} has not begun"
            world.stack.kill("zip")
            world.stack.system.processes.start("zip")
    return export


def _is_built(world: World, export: dict[str, Any], attempt: int) -> bool:
    rows = world.stack.query("SELECT attempt, workflow_state FROM content_exports WHERE id = $1", export["id"])
    return (rows[0]["attempt"], rows[0]["workflow_state"]) == (attempt, "exporting")


def state_of(world: World, export: dict[str, Any]) -> str:
    return str(world.admin.show(export["course_id"], export["id"])["workflow_state"])


@contextmanager
def store_away(world: World) -> Iterator[None]:
    """The folder of the store is gone, and an export is requested."""
    with world.faults.store_gone():
        export = world.admin.create(world.courses["sample"], "zip")
        yield
    world.admin.finished(export)


@contextmanager
def message_not_understood(world: World) -> Iterator[None]:
    """Something sends what is no request to the queue of a worker."""
    amqp_url = world.stack.system.servers.amqp_url

    async def send() -> None:
        async with await aio_pika.connect(amqp_url, timeout=10) as connection:
            channel = await connection.channel()
            await channel.default_exchange.publish(aio_pika.Message(b"no request"), request_queue(ExportType.ZIP))

    world.loop.call(send())
    yield
    world.loop.call(purge(amqp_url, DEAD))


@contextmanager
def broker_frozen(world: World) -> Iterator[None]:
    """The broker answers nobody, and an export is requested."""
    with world.faults.broker_frozen():
        export = world.admin.create(world.courses["sample"], "qti")
        yield
    world.admin.finished(export)


@contextmanager
def command_blocked(world: World) -> Iterator[None]:
    """A transaction of someone else holds what the command of a service needs."""
    with locked(world, "LOCK TABLE services IN ACCESS EXCLUSIVE MODE"):
        world.loop.call(_send_command(world))
        yield


async def _send_command(world: World) -> None:
    async with service_client(world.sis, "sis") as service:
        data = {"export_type": "zip", "user_id": 1, "skip_notifications": True}
        await service.send("export.request.v1", data, attributes={"subject": f"courses/{world.courses['sample']}"})


@contextmanager
def janitor_blocked(world: World) -> Iterator[None]:
    """A transaction of someone else holds what a task of the janitor reads."""
    with locked(world, "LOCK TABLE package_loads IN ACCESS EXCLUSIVE MODE"):
        yield


@contextmanager
def locked(world: World, statement: str) -> Iterator[None]:
    """Another session holds a lock."""
    lock = blocking_lock(world.stack.database_url, statement)
    world.loop.call(lock.__aenter__())
    try:
        yield
    finally:
        world.loop.call(lock.__aexit__(None, None, None))


@contextmanager
def mail_server_away(world: World) -> Iterator[None]:
    """The mail server does not answer, and the end of an export is due to a person."""
    world.mail.stop()
    world.admin.exported(world.courses["sample"], "qti")
    yield
    world.mail.start()


@contextmanager
def database_stopped(world: World) -> Iterator[None]:
    """PostgreSQL is stopped, and clients go on."""
    with world.faults.database_restarted():
        yield


def ask(world: World) -> None:
    """A request of a client meanwhile, which gets an error."""
    world.admin.http.get(f"/api/v1/courses/{world.courses['sample']}/content_exports")


@contextmanager
def certificate_near_its_end(world: World) -> Iterator[None]:
    """The server has a certificate that is valid for ten days."""
    world.https.use(NEAR)
    yield
    world.https.use(SAFE)


@contextmanager
def disk_full(world: World) -> Iterator[None]:
    """All but a twentieth of the disk of the store is used."""
    filler = Path(world.stack.store_url).parent / "filler"
    disk = os.statvfs(filler.parent)
    size = disk.f_bavail * disk.f_frsize - (STORE_MIB << 20) // 20
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, size)
    yield
    filler.unlink()


def operated(world: World, *words: str) -> None:
    """A command of an operator."""
    done = world.stack.cli(*words, token=world.admin.token)
    assert done.returncode == 0, done.stderr
