"""The blobs table: bytes of the object store by their hash, and the files that wait for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from shared.adapters.blobs import is_packed
from shared.adapters.postgres.pool import Connection, Pool, acquired, translated
from shared.domain.export import Context
from shared.domain.stored_file import StoredFile

_PUT = """
INSERT INTO blobs (sha256, size, crc32, compressible)
SELECT w.sha256, w.size, w.crc32, w.compressible
  FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::boolean[]) AS w (sha256, size, crc32, compressible)
ON CONFLICT (sha256) DO NOTHING
"""
_FIND = "SELECT sha256, size, crc32, compressible FROM blobs WHERE sha256 = ANY($1::text[])"
_WAITING = """
SELECT context_type, context_id, id, body ->> 'content-type' AS content_type FROM content_objects
 WHERE kind = 'files' AND body ? 'sha256' AND NOT body ? 'crc32' AND body ->> 'sha256' = $1
"""
_COME = """
SELECT DISTINCT b.sha256, b.size, b.crc32, b.compressible
  FROM content_objects o JOIN blobs b ON b.sha256 = o.body ->> 'sha256'
 WHERE o.context_type = $1 AND o.context_id = $2 AND o.kind = 'files' AND o.body ? 'sha256' AND NOT o.body ? 'crc32'
"""
_COMPLETE = """
UPDATE content_objects o
   SET body = body || jsonb_build_object('size', $4::bigint, 'crc32', $5::bigint, 'compressible', w.compressible)
  FROM unnest($1::text[], $2::bigint[], $3::bigint[], $6::boolean[]) AS w (context_type, context_id, id, compressible)
 WHERE o.context_type = w.context_type AND o.context_id = w.context_id AND o.kind = 'files' AND o.id = w.id
   AND NOT o.body ? 'crc32' AND o.body ->> 'sha256' = $7
"""


class BlobRows:
    """The known blobs of a database."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def find(self, sha256: str) -> StoredFile | None:
        """What is known of a blob; None for an unknown one."""
        async with acquired(self._pool) as db:
            return (await find_blobs(db, [sha256])).get(sha256)

    async def complete_context(self, context: Context) -> None:
        """Complete the files of a context whose bytes have come, after a change of it has committed."""
        with translated():
            rows = await self._pool.fetch(_COME, context.type.value, context.id)
        for row in rows:
            async with acquired(self._pool) as db:
                await complete_files(db, StoredFile(*row))

    async def add(self, blob: StoredFile) -> int:
        """Note bytes that are stored, and complete the files that wait for them. Returns how many they were.

        Two transactions: a file whose own has not seen the blob has committed before the second one begins, or looks for
        the blob again after its commit.
        """
        async with acquired(self._pool) as db:
            await put_blobs(db, [blob])
            return await complete_files(db, blob)


async def put_blobs(db: Connection, blobs: Sequence[StoredFile]) -> None:
    """Note blobs; a known one stays as it is."""
    distinct = list({blob.sha256: blob for blob in blobs}.values())
    columns = [[getattr(blob, name) for blob in distinct] for name in ("sha256", "size", "crc32", "compressible")]
    with translated():
        await db.execute(_PUT, *columns)


async def find_blobs(db: Connection, hashes: Iterable[str]) -> Mapping[str, StoredFile]:
    """Those of the blobs that are known."""
    with translated():
        rows = await db.fetch(_FIND, sorted(set(hashes)))
    return {row["sha256"]: StoredFile(row["sha256"], row["size"], row["crc32"], row["compressible"]) for row in rows}


async def complete_files(db: Connection, blob: StoredFile) -> int:
    """Give every file that waits for these bytes what a package needs to know of them. Returns how many they were."""
    with translated():
        rows = await db.fetch(_WAITING, blob.sha256)
        if rows:
            keys = [[row[name] for row in rows] for name in ("context_type", "context_id", "id")]
            compressible = [blob.compressible and not is_packed(row["content_type"] or "") for row in rows]
            await db.execute(_COMPLETE, *keys, blob.size, blob.crc32, compressible, blob.sha256)
    return len(rows)
