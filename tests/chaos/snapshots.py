"""Reads what the invariants are about: rows in one snapshot of the database, and objects of the store."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import asyncpg

from tests.chaos.invariants import EventRow, ExportRow, Facts, PackageRow, StoredObject

_EXPORTS = """
SELECT id, context_id, export_type, workflow_state, error_code,
       extract(epoch FROM clock_timestamp() - created_at)::float8 AS age_s
  FROM content_exports WHERE context_type = 'Course' AND context_id = ANY ($1) ORDER BY id
"""
_PACKAGES = """
SELECT a.content_export_id AS export_id, a.part, a.key, a.size, a.sha256, a.purged_at IS NOT NULL AS purged
  FROM attachments a JOIN content_exports x ON x.id = a.content_export_id
 WHERE x.context_type = 'Course' AND x.context_id = ANY ($1) ORDER BY a.id
"""
_EVENTS = """
SELECT id, content_export_id AS export_id, context_id, name, data ->> 'workflow_state' AS workflow_state,
       (data ->> 'sequence')::integer AS sequence, (data ->> 'attempt')::integer AS attempt,
       (data ->> 'completion')::float8 AS completion
  FROM export_events WHERE context_type = 'Course' AND context_id = ANY ($1) ORDER BY id
"""


async def snapshot(database_url: str, courses: Sequence[int]) -> Facts:
    """All rows of these courses, as they are at one moment."""
    db = await asyncpg.connect(database_url, timeout=10)
    try:
        async with db.transaction(isolation="repeatable_read", readonly=True):
            return Facts(
                exports=[ExportRow(**row) for row in await db.fetch(_EXPORTS, courses)],
                packages=[PackageRow(**row) for row in await db.fetch(_PACKAGES, courses)],
                events=[EventRow(**row) for row in await db.fetch(_EVENTS, courses)],
            )
    finally:
        await db.close()


def stored_packages(store: Path, exports: Sequence[ExportRow]) -> Iterator[StoredObject]:
    """The packages of these exports in a folder store, parts of lost writers too."""
    for export in exports:
        for path in sorted((store / "packages" / str(export.id)).rglob("*")):
            if path.is_file():
                body = path.read_bytes()
                key = path.relative_to(store).as_posix()
                yield StoredObject(key, len(body), hashlib.sha256(body).hexdigest())
