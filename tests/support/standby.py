"""A PostgreSQL that follows another one: a copy of it, kept up to date, which can take its place."""

from __future__ import annotations

import asyncio
import shutil

import asyncpg

from deploy.stack.child_processes import wait_until
from deploy.stack.ports import LOOPBACK
from deploy.stack.postgres import ENV, USER, Postgres, binary
from deploy.stack.server_folder import ServerFailed, ServerFolder

NAME = "standby"
STREAMING_S = 30.0


class Standby(Postgres):
    """A hot standby of `primary`, which must run when this one is started for the first time."""

    def __init__(self, folder: ServerFolder, primary: Postgres) -> None:
        super().__init__(folder, primary.password)
        self.primary = primary

    def follow_synchronously(self) -> None:
        """From now on the primary confirms a commit once it is here, too."""
        asyncio.run(execute(self.primary.url, f"ALTER SYSTEM SET synchronous_standby_names = '{NAME}'"))
        asyncio.run(execute(self.primary.url, "SELECT pg_reload_conf()"))
        synchronous = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"
        if not wait_until(lambda: asyncio.run(execute(self.primary.url, synchronous)) == 1, STREAMING_S):
            raise ServerFailed(f"the standby does not follow:\n{self.folder.tail()}")

    def promote(self) -> None:
        """Become a primary, and return once this one takes writes."""
        asyncio.run(execute(self.url, "SELECT pg_promote()"))

    def _initialise(self) -> None:
        if (self._data() / "PG_VERSION").exists():
            return
        shutil.rmtree(self._data(), ignore_errors=True)
        source = f"host={LOOPBACK} port={self.primary.port} user={USER} application_name={NAME} sslmode=disable"
        command = [str(binary("pg_basebackup")), "-D", str(self._data()), "-d", source]
        command += ["--write-recovery-conf", "--checkpoint=fast", "--wal-method=stream", "--no-sync"]
        result = self.folder.run(command, {**ENV, "PGPASSWORD": self.password})
        if result.returncode:
            raise ServerFailed(f"pg_basebackup failed:\n{result.stdout}")


async def execute(url: str, statement: str) -> object:
    """The first value of a statement."""
    db = await asyncpg.connect(url, timeout=10)
    try:
        return await db.fetchval(statement)
    finally:
        await db.close()
