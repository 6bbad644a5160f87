"""Load a package, or a folder of REST objects, into a course: read and check all of it, then store, then write."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from shared.adapters.blobs import store_blob
from shared.adapters.object_store import CHUNK, ObjectStore
from shared.adapters.postgres.content import (
    Content,
    known_identifiers,
    put_course,
    put_identifiers,
    put_objects,
    reserve_course,
)
from shared.adapters.postgres.pool import Pool, translated
from shared.domain.content.course import Course
from shared.domain.content.files import File
from shared.domain.errors import InvalidContent, UnreadablePackage
from shared.domain.export import Context, ContextType
from shared.domain.kinds import Kind
from shared.domain.report import ItemWarning
from shared.formats.cartridge import read as cartridge
from shared.formats.folder import read as folder
from shared.formats.importing import Importing
from shared.formats.package_reader import Limits, PackageReader

_BATCH = 500  # objects a statement
_NUL = "\0"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load has done: where it went, objects by kind, and what could not be mapped."""

    context: Context
    objects: dict[str, int]
    warnings: list[ItemWarning]


@dataclass(slots=True)
class Loader:
    """Loads into one database and one object store."""

    pool: Pool
    store: ObjectStore
    limits: Limits = field(default_factory=Limits)

    async def load(self, path: Path, into: Context | None = None) -> Loaded:
        """Read `path` into a new course, or into this context, where objects that it knows are replaced.

        Raises InvalidContent, UnreadablePackage and HostilePackage before anything is written. File bytes are stored first, the rest
        is one transaction.
        """
        context = into or Context(ContextType.COURSE, await reserve_course(self.pool))
        if context.type is not ContextType.COURSE and await Content(self.pool).course(context) is None:
            raise InvalidContent(f"There is no {context.type.lower()} {context.id}.")
        known = await known_identifiers(self.pool, context)
        loop = asyncio.get_running_loop()
        importing = Importing(course_id=context.id, next_id=_Ids(Content(self.pool), loop).next, known=known)
        await asyncio.to_thread(self._read, path, importing)
        return await self._write(context, importing)

    def _read(self, path: Path, importing: Importing) -> None:
        if path.is_dir():
            folder.read(path, importing)
            self._store_files(importing, lambda name: _file_chunks(path / name))
            return
        if not path.is_file():
            raise UnreadablePackage(f"{path} is neither a package nor a folder.", item=str(path))
        with PackageReader.open(path, self.limits) as package:
            cartridge.read(package, importing)
            self._store_files(importing, lambda name: _member_chunks(package, name))

    def _store_files(self, importing: Importing, chunks_of: Any) -> None:
        for item in importing.all(Kind.FILES):
            member = importing.files.get(item.id)
            if member is None or not isinstance(item, File):
                continue
            try:
                stored = store_blob(self.store, chunks_of(member.name), item.content_type)
            except UnreadablePackage as error:
                importing.warn("file_unreadable", member.name, f"The bytes of {item.label} cannot be read: {error}")
                continue
            item.sha256, item.size = stored.sha256, stored.size
            item.crc32, item.compressible = stored.crc32, stored.compressible

    async def _write(self, context: Context, importing: Importing) -> Loaded:
        course = importing.course or Course(id=context.id)
        course.id = context.id
        counts: Counter[str] = Counter()
        with translated():
            async with self.pool.acquire() as db, db.transaction():
                if context.type is ContextType.COURSE:  # a group and a user keep what they are
                    await put_course(db, _without_nul(course, importing, "course"))
                for kind, items in importing.objects.items():
                    counts[kind.value] += len(items)
                    for start in range(0, len(items), _BATCH):
                        batch = [_without_nul(item, importing, kind.value) for item in items[start : start + _BATCH]]
                        await put_objects(db, context, kind, batch)
                await put_identifiers(db, context, importing.identifiers)
        return Loaded(context, {kind: count for kind, count in sorted(counts.items()) if count}, importing.warnings)


class _Ids:
    """Ids for a reading thread, from blocks that the event loop fetches."""

    def __init__(self, content: Content, loop: asyncio.AbstractEventLoop) -> None:
        self._content = content
        self._loop = loop
        self._block: Iterator[int] = iter(())

    def next(self) -> int:
        """An id that no other object gets."""
        found = next(self._block, None)
        if found is None:
            self._block = iter(asyncio.run_coroutine_threadsafe(self._content.take_ids(), self._loop).result())
            found = next(self._block)
        return found


def _without_nul(item: Any, importing: Importing, kind: str) -> Any:
    """The object without NUL characters, which neither Postgres nor XML can hold."""
    if b"\\u0000" not in msgspec.json.encode(item):
        return item
    importing.warn("character_dropped", kind, f"{item.label.replace(_NUL, '')}: NUL characters were dropped.")
    return type(item).from_json(_scrubbed(item.to_json()))


def _scrubbed(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace(_NUL, "")
    if isinstance(value, dict):
        return {_scrubbed(key): _scrubbed(inner) for key, inner in value.items()}
    return [_scrubbed(inner) for inner in value] if isinstance(value, list) else value


def _member_chunks(package: PackageReader, name: str) -> Iterator[bytes]:
    with package.open_member(name) as member:
        while chunk := member.read(CHUNK):
            yield chunk


def _file_chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
