"""The table of the members of finished packages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from shared.adapters.postgres.pool import Connection, Pool, Record, translated
from shared.domain.export import ExportId
from shared.domain.packages.package_entry import PackageEntry

_COLUMNS = (
    "content_export_id",
    "place",
    "path",
    "size",
    "compressed_size",
    "crc32",
    "header_offset",
    "sha256",
    "kind",
    "item_id",
    "title",
    "part",
)

_READ = """
SELECT path, size, compressed_size, crc32, header_offset, sha256, kind, item_id, title, part FROM package_entries
"""
_PAGE = f"""
{_READ}
 WHERE content_export_id = $1 AND place >= $2::bigint AND place < $2::bigint + $3 ORDER BY place
"""
# The index is on md5(path), since a path may be longer than an index entry can be; the path itself decides.
_ONE = f"{_READ} WHERE content_export_id = $1 AND md5(path) = md5($2) AND path = $2"

_REMOVE = "DELETE FROM package_entries WHERE content_export_id = $1"


class PackageEntries:
    """Reads the members of finished packages."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def page(self, export_id: int, *, limit: int, offset: int) -> list[PackageEntry]:
        """Up to `limit` members of the packages of an export, in their order; none if it has no package."""
        with translated():
            rows = await self._pool.fetch(_PAGE, export_id, offset, limit)
        return [_entry_from(row) for row in rows]

    async def find(self, export_id: int, path: str) -> PackageEntry | None:
        """The member with this path; None if there is none."""
        if "\0" in path:  # PostgreSQL would refuse it as text, and no member has it
            return None
        with translated():
            row = await self._pool.fetchrow(_ONE, export_id, path)
        return _entry_from(row) if row else None


async def keep_entries(db: Connection, export_id: ExportId, entries: Iterable[PackageEntry]) -> None:
    """Insert the members of a package, in its order. `entries` may be a generator: rows are sent as it yields."""
    await db.copy_records_to_table("package_entries", records=_rows(export_id, entries), columns=_COLUMNS)


async def remove_entries(db: Connection, export_id: ExportId) -> None:
    """Remove the members that an attempt has written which did not finish."""
    await db.execute(_REMOVE, export_id)


def entry_columns(entries: Iterable[PackageEntry]) -> list[tuple[object, ...]]:
    """The columns of the members, from `path` on, for unnest()."""
    rows = [_values(entry) for entry in entries]
    return list(zip(*rows, strict=True)) if rows else [()] * (len(_COLUMNS) - 2)


def _rows(export_id: ExportId, entries: Iterable[PackageEntry]) -> Iterator[tuple[object, ...]]:
    for place, entry in enumerate(entries):
        yield (export_id, place, *_values(entry))


def _values(entry: PackageEntry) -> tuple[object, ...]:
    sizes = (entry.size, entry.compressed_size, entry.crc32, entry.offset)
    title = entry.title and entry.title.replace("\0", "")
    return (entry.path, *sizes, entry.sha256, entry.kind, entry.item_id, title, entry.part)


def _entry_from(row: Record) -> PackageEntry:
    return PackageEntry(
        path=row["path"],
        size=row["size"],
        compressed_size=row["compressed_size"],
        crc32=row["crc32"],
        offset=row["header_offset"],
        sha256=row["sha256"],
        kind=row["kind"],
        item_id=row["item_id"],
        title=row["title"],
        part=row["part"],
    )
