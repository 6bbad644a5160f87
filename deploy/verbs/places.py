"""Where database and store of a target are, for backups."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from deploy.backup.backup import Places

_ARCHIVE = ("-m", "deploy.backup.store_archive")
_RESTORE = ("--no-owner", "--exit-on-error", "--single-transaction")


def native_places(database_url: str, store_url: str) -> Places:
    """Of a database and a store that this process reaches; pg_dump must not be older than the server."""
    archive = ["env", f"STORE_URL={store_url}", sys.executable, *_ARCHIVE]
    return Places(
        database_url,
        dump=["pg_dump", f"--dbname={database_url}"],
        restore=["pg_restore", *_RESTORE, f"--dbname={database_url}"],
        pack=[*archive, "pack"],
        unpack=[*archive, "unpack"],
    )


def compose_places(compose: Sequence[str], database_url: str) -> Places:
    """Of containers: the programs of the server itself by its socket, and the store as the gateway has it.

    `database_url` leads to the published port of the server. The container for the store is one of its own, so that no
    process of ours needs to run.
    """
    reached = ("--username=app", "--dbname=content_exports")
    once = (*compose, "run", "--rm", "--no-deps", "-T", "gateway", "python", *_ARCHIVE)
    server = (*compose, "exec", "-T", "postgres")
    return Places(
        database_url,
        dump=[*server, "pg_dump", *reached],
        restore=[*server, "pg_restore", *_RESTORE, *reached],
        pack=[*once, "pack"],
        unpack=[*once, "unpack"],
    )
