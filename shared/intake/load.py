"""Loads a package, or a folder of REST objects, into a context: reads and checks it, stores bytes, writes rows."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from shared.adapters.blobs import store_blob
from shared.adapters.object_store import ObjectStore
from shared.adapters.postgres.content_tables.blob_rows import put_blobs
from shared.adapters.postgres.content_tables.content import (
    ContentRows,
    known_identifiers,
    lock_context,
    lock_new_course,
    put_course,
    take_ids,
)
from shared.adapters.postgres.content_tables.content_writes import note_replaced, put_identifiers
from shared.adapters.postgres.pool import Connection, Pool, acquired, translated
from shared.adapters.postgres.taken_names import unique_names
from shared.domain.content.course import Course
from shared.domain.content.files import File
from shared.domain.errors import DatabaseUnavailable, InvalidContent, UnreadablePackage
from shared.domain.export import Context, ContextType
from shared.domain.kinds import Kind
from shared.domain.report import ItemWarning
from shared.domain.stored_file import StoredFile
from shared.domain.warning_codes import WarningCode
from shared.formats.importing import Importing
from shared.formats.limits import Limits
from shared.intake.reading import read_into, warn_unreadable
from shared.intake.roots import name_root
from shared.intake.taken_objects import loaded_object
from shared.intake.write import write_objects
from shared.runtime.from_thread import run_on_loop

Report = Callable[[str, int, int], None]  # a step of a load, how much of it is done, and all of it

_NUL = "\0"


@dataclass(frozen=True, slots=True)
class Loaded:
    """The result of a load: its context, the number of objects by kind, and warnings about what could not be mapped."""

    context: Context
    objects: dict[str, int]
    warnings: list[ItemWarning]

    @property
    def subject(self) -> str:
        """The context as the audit log names it: course:3."""
        return f"{self.context.type.lower()}:{self.context.id}"

    def to_json(self) -> dict[str, Any]:
        """As JSON data: `course_id`, `group_id` or `user_id`; `objects` and `warnings`."""
        warnings = msgspec.to_builtins(self.warnings)
        return {f"{self.context.type.lower()}_id": self.context.id, "objects": self.objects, "warnings": warnings}


Commit = Callable[[Connection, Loaded], Awaitable[None]]


async def _nothing_more(_: Connection, __: Loaded) -> None:
    """A load whose end nobody else records."""


@dataclass(slots=True)
class Loader:
    """Loads packages into one database and one object store."""

    pool: Pool
    store: ObjectStore
    limits: Limits = field(default_factory=Limits)
    report: Report = lambda *_: None
    site: str = ""  # of the courses: CANVAS_URL
    commit: Commit = _nothing_more  # runs in the transaction that writes the content, as its last part; may raise

    async def load(self, path: Path, into: Context | None = None) -> Loaded:
        """Read `path` into a new course, or into the context `into`, where objects that it has already are replaced.

        Raises InvalidContent, UnreadablePackage and HostilePackage before anything is written. File bytes are stored
        first, all rows follow in one transaction: an interrupted load leaves no course, and its bytes are reused by
        the next one. Loads into one context wait for each other.
        """
        if into and into.type is not ContextType.COURSE and await ContentRows(self.pool).course(into) is None:
            raise InvalidContent(f"There is no {into.type.lower()} {into.id}.")
        locked = partial(lock_context, context=into) if into else lock_new_course
        async with acquired(self.pool) as db, locked(db) as context:
            known = await known_identifiers(db, context)
            ids = _Ids(db, asyncio.get_running_loop())
            importing = Importing(course_id=context.id, next_id=ids.next, known=known, site=self.site)
            await asyncio.to_thread(self._read, path, importing, context.type is ContextType.COURSE)
            name_root(importing, context)
            return await self._write(db, context, importing)

    def _read(self, path: Path, importing: Importing, is_course: bool) -> None:
        read_into(importing, path, self.limits, partial(self._store_files, importing), is_course=is_course)

    def _store_files(self, importing: Importing, chunks_of: Callable[[str], Iterator[bytes]]) -> None:
        sizes = sum(member.size for member in importing.files.values())
        stored_bytes = 0
        for item in importing.all(Kind.FILES):
            member = importing.files.get(item.id)
            if member is None or not isinstance(item, File):
                continue
            try:
                stored = store_blob(self.store, chunks_of(member.name), item.content_type)
            except UnreadablePackage as error:
                warn_unreadable(importing, member.name, error)
                continue
            stored_bytes += stored.size
            self.report("bytes of files", stored_bytes, max(sizes, stored_bytes))
            item.sha256, item.size = stored.sha256, stored.size
            item.crc32, item.compressible = stored.crc32, stored.compressible

    async def _write(self, db: Connection, context: Context, importing: Importing) -> Loaded:
        course = importing.course or Course(id=context.id)
        course.id = context.id
        counts: Counter[str] = Counter()
        total = sum(map(len, importing.objects.values()))
        with translated():
            async with unique_names(self.pool, context.type, course.to_json()), db.transaction():
                if context.type is ContextType.COURSE:  # a package describes no group and no user
                    cleaned = _without_nul(course, importing, "course")
                    await put_course(db, cleaned, is_part=not importing.names_course)
                await put_blobs(db, _stored(importing))
                for kind, items in importing.objects.items():
                    counts[kind.value] += len(items)
                    await _write_kind(db, context, kind, items, importing)
                    self.report("objects", counts.total(), total)
                await note_replaced(db, context)
                await put_identifiers(db, context, _strip_nul(importing.identifiers))
                objects = {kind: count for kind, count in sorted(counts.items()) if count}
                loaded = Loaded(context, objects, importing.warnings)
                await self.commit(db, loaded)
        return loaded


async def _write_kind(db: Connection, context: Context, kind: Kind, items: list[Any], importing: Importing) -> None:
    objects = [loaded_object(kind, _without_nul(item, importing, kind.value)) for item in items]
    written = await write_objects(db, context, objects, is_load=True)
    for older in written.older:
        message = f"{older.item.label} was left out: the course has a newer revision of it."
        importing.warn(WarningCode.OLDER_THAN_EXISTING, kind.value, message)
    written.count_metrics()


def _stored(importing: Importing) -> list[StoredFile]:
    files = [item.stored for item in importing.all(Kind.FILES) if isinstance(item, File)]
    return [stored for stored in files if stored is not None]


class _Ids:
    """New ids for the reading thread, taken from blocks that the event loop fetches."""

    def __init__(self, db: Connection, loop: asyncio.AbstractEventLoop) -> None:
        self._db = db
        self._loop = loop
        self._block: Iterator[int] = iter(())

    def next(self) -> int:
        """An id that no other object has or will get."""
        new_id = next(self._block, None)
        if new_id is None:
            self._block = run_on_loop(take_ids(self._db), self._loop, DatabaseUnavailable)
            new_id = next(self._block)
        return new_id


def _without_nul(item: Any, importing: Importing, kind: str) -> Any:
    """The object without NUL characters, which neither Postgres nor XML can hold."""
    if b"\\u0000" not in msgspec.json.encode(item):
        return item
    importing.warn(WarningCode.CHARACTER_DROPPED, kind, f"{item.label.replace(_NUL, '')}: NUL characters were dropped.")
    return type(item).from_json(_strip_nul(item.to_json()))


def _strip_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace(_NUL, "")
    if isinstance(value, dict):
        return {_strip_nul(key): _strip_nul(inner) for key, inner in value.items()}
    return [_strip_nul(inner) for inner in value] if isinstance(value, list) else value
