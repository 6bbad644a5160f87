"""A backup of a running system: `database.dump`, `store.tar` and `backup.json` in one folder.

The database is copied first, at one moment. The store is copied after it: bytes of course files are never removed, so that
the later copy has all that the database names. Packages that expire in between are missing from both in effect.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

import asyncpg

from deploy.backup.store_archive import read_index
from deploy.backup.tables import Figures, differences, figures, figures_now, snapshot


class BackupFailed(Exception):
    """A part of a backup or of a restore failed; the text is a sentence, with the output of the program that did."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where database and store are, and the commands that read and write them: on this machine, or within containers."""

    database_url: str  # as this process reaches it
    dump: Sequence[str]  # pg_dump and what it connects by; writes to its output
    restore: Sequence[str]  # pg_restore likewise; reads from its input
    pack: Sequence[str]  # deploy.backup.store_archive, with the store
    unpack: Sequence[str]


def take(places: Places, folder: Path) -> str:
    """Write a backup into a new folder, which is removed where that fails; what it holds, as a sentence. Raises BackupFailed."""
    folder.mkdir(parents=True)
    try:
        return _taken(places, folder)
    except BaseException:  # also when it is interrupted: an incomplete backup is of no use
        shutil.rmtree(folder)
        raise


def _taken(places: Places, folder: Path) -> str:
    taken_at = datetime.now(UTC)
    tables = _reached(_database(places, folder / "database.dump"))
    with (folder / "store.tar").open("wb") as out:
        _run(places.pack, stdout=out)
    with (folder / "store.tar").open("rb") as archive:
        objects = read_index(archive)
    size = sum(size for _, size in objects.values())
    document = {
        "version": version("content-exports"),
        "taken_at": taken_at.isoformat(),
        "tables": tables,
        "objects": len(objects),
        "bytes": size,
    }
    (folder / "backup.json").write_text(json.dumps(document, indent=2) + "\n")  # last: what has it is whole
    rows = sum(count for count, _ in tables.values())
    return f"{folder} has {rows} rows of {len(tables)} tables, {len(objects)} objects and {size} bytes of the store"


def put_back(places: Places, folder: Path) -> str:
    """Restore a backup into an empty database and an empty store, and compare; what is there now. Raises BackupFailed."""
    if not (folder / "backup.json").exists():
        raise BackupFailed(f"{folder} has no whole backup: there is no backup.json in it")
    tables: Figures = {
        name: (count, digest)
        for name, (count, digest) in json.loads((folder / "backup.json").read_text())["tables"].items()
    }
    if _reached(figures_now(places.database_url)):
        raise BackupFailed("the database is not empty: restore into an empty one")
    with (folder / "store.tar").open("rb") as archive:
        _run(places.unpack, stdin=archive)  # it refuses a store with objects, before the database has anything
    with (folder / "database.dump").open("rb") as dump:
        _run(places.restore, stdin=dump)
    if mismatches := differences(tables, _reached(figures_now(places.database_url))):
        raise BackupFailed("; ".join(mismatches))
    return f"{sum(count for count, _ in tables.values())} rows of {len(tables)} tables are as they were"


def _reached(work: Coroutine[Any, Any, Figures]) -> Figures:
    """The result. Raises BackupFailed where the database does not answer or refuses."""
    try:
        return asyncio.run(work)
    except ValueError as error:  # first, since its text could have a password in it
        raise BackupFailed("DATABASE_URL: not an address of the form postgresql://user@host:port/database") from error
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise BackupFailed(f"the database cannot be read: {error}") from error


async def _database(places: Places, file: Path) -> Figures:
    async with snapshot(places.database_url) as (db, name):
        with file.open("wb") as out:
            await asyncio.to_thread(
                _run, [*places.dump, "--format=custom", "--no-owner", f"--snapshot={name}"], stdout=out
            )
        return await figures(db)


def _run(command: Sequence[str], stdin: IO[bytes] | None = None, stdout: IO[bytes] | None = None) -> None:
    done = subprocess.run(command, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE, check=False)
    if done.returncode:
        text = done.stderr.decode(errors="replace").strip()[-1000:]
        raise BackupFailed(f"{Path(command[0]).name} ended with {done.returncode}: {text}")
