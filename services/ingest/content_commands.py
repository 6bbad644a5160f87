"""The commands about content of a context: objects written and deleted, and syncs of all of it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import count
from typing import Any

from services.ingest.ordered_writes import Write
from services.ingest.syncs import require_open, sync_phase
from shared.adapters.postgres.content_tables.blob_rows import BlobRows, complete_files, find_blobs
from shared.adapters.postgres.content_tables.content import ids_of, take_ids
from shared.adapters.postgres.content_tables.content_writes import put_rows, tombstone
from shared.adapters.postgres.contexts import find_existing
from shared.adapters.postgres.pool import Connection, Pool, acquired
from shared.commands.judge import Command, Handler
from shared.commands.replies import Reply
from shared.contracts.cloud_events import CloudEvent, data_of
from shared.contracts.content_commands import (
    SYNC_TYPE,
    ContentAccepted,
    ContentDeleteData,
    ContentReplyType,
    ContentSyncData,
    ContentUpsertData,
    MemberKey,
    MissingFile,
    RefusedObject,
    SyncPhase,
    delete_type,
    upsert_type,
)
from shared.domain.content.files import File
from shared.domain.content.registry import TYPES
from shared.domain.content.version import Version
from shared.domain.errors import MalformedMessage
from shared.domain.export import Context
from shared.domain.kinds import Kind
from shared.domain.services import Right
from shared.domain.stored_file import StoredFile
from shared.formats.importing import Importing
from shared.http.answers import missing, unprocessable
from shared.http.identity import context_named
from shared.intake.taken_objects import ObjectReader, TakenObject
from shared.intake.write import COUNTED_OBJECTS, ObjectOutcome, WrittenObjects, write_objects

# NUL, or half of a surrogate pair, as JSON names them.
_ESCAPES = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")

Submit = Callable[[Write], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class ContentCommands:
    """Handlers of commands. `submit` runs what they write, in the order of their arrival."""

    pool: Pool
    submit: Submit

    def handlers(self) -> Mapping[str, Handler]:
        """The handler of each type of command."""
        runs: dict[str, Callable[[Command], Awaitable[Reply]]] = {SYNC_TYPE: self.sync}
        for kind in TYPES:
            runs[upsert_type(kind.value)] = partial(self.upsert, kind)
            runs[delete_type(kind.value)] = partial(self.delete, kind)
        return {type_: Handler(Right.CONTENT_WRITE, run) for type_, run in runs.items()}

    async def upsert(self, kind: Kind, command: Command) -> Reply:
        """Write the objects of a message; those that have a fault are refused alone."""
        await command.turn.wait()  # read one at a time, so that other tasks run between messages
        data = data_of(command.event, ContentUpsertData)
        message = UpsertMessage(kind, data, command)
        context, reader, written = await in_turn(command, self.submit, message.write)
        written.count_metrics()
        COUNTED_OBJECTS.labels(kind.value, ObjectOutcome.REFUSED).inc(len(reader.refused))
        waiting = await self._still_waiting(written.waiting, staged=data.sync is not None)
        return accepted(
            context,
            written,
            unchanged=reader.unchanged,
            older=reader.older,
            refused=reader.refused,
            files_missing=waiting,
            sync=data.sync,
        )

    async def delete(self, kind: Kind, command: Command) -> Reply:
        """Delete objects; what is not there is remembered as deleted, so that a late upsert does not bring it."""
        data = data_of(command.event, ContentDeleteData)
        ids = _numbers(data.ids)
        name, version = context_of(command.event, data.context), version_of(data, command)

        async def write(db: Connection) -> tuple[Context, WrittenObjects]:
            context = await resolved(db, name)
            unwritten = await put_rows(db, context, kind, [tombstone(each, version) for each in ids])
            written = WrittenObjects()
            written.note(kind.value, len(ids), unwritten)
            return context, written

        context, written = await in_turn(command, self.submit, write)
        written.count_metrics()
        return accepted(context, written)

    async def sync(self, command: Command) -> Reply:
        """Begin, end or abort the sync of a whole context."""
        data = data_of(command.event, ContentSyncData)
        name = context_of(command.event, data.context)

        async def write(db: Connection) -> tuple[Context, ContentAccepted]:
            context = await resolved(db, name)
            return context, await sync_phase(db, context, data, command.service.name, sent_at(command))

        context, result = await in_turn(command, self.submit, write)
        if data.phase is SyncPhase.END:  # bytes that came after their file was staged
            await BlobRows(self.pool).complete_context(context)
        return Reply(ContentReplyType.ACCEPTED, result, context.path)

    async def _still_waiting(self, files: Sequence[File], *, staged: bool) -> list[MissingFile]:
        """Files whose bytes are not here: looked for again after the commit, since they may have come meanwhile.

        Those of a sync are completed at its end.
        """
        blobs: Mapping[str, StoredFile] = {}
        if files and not staged:
            async with acquired(self.pool) as db:
                blobs = await find_blobs(db, [file.sha256 for file in files if file.sha256])
                for blob in blobs.values():
                    await complete_files(db, blob)
        return [MissingFile(id=file.id, sha256=file.sha256) for file in files if file.sha256 not in blobs]


class UpsertMessage:
    """The objects of one message, read before its turn, and written in it."""

    def __init__(self, kind: Kind, data: ContentUpsertData, command: Command) -> None:
        self._kind, self._data = kind, data
        self._sent_at, self._service = sent_at(command), command.service.name
        self._name = context_of(command.event, data.context)
        self._escapes = _ESCAPES.search(bytes(command.event.data)) is not None
        # What has no id of its own, such as the rubric of an assignment, gets one of the database, and the message is read
        # anew with it.
        self._read = self._reading(Importing(course_id=0, next_id=count(-1, -1).__next__))
        self._nameless = [(kind, name) for (kind, _, _), name in self._read[0].importing.identifiers.items()]

    async def write(self, db: Connection) -> tuple[Context, ObjectReader, WrittenObjects]:
        """Write the objects in a transaction."""
        context = await resolved(db, self._name)
        if self._data.sync:
            await require_open(db, context, self._data.sync, self._service)
        reader, objects = await self._with_ids(db, context) if self._nameless else self._read
        written = await write_objects(
            db,
            context,
            objects,
            sync=self._data.sync or "",
            identifiers=reader.importing.identifiers,
            sent_at=self._sent_at,
        )
        return context, reader, written

    async def _with_ids(self, db: Connection, context: Context) -> tuple[ObjectReader, list[TakenObject]]:
        """Read with ids of the database: those of earlier messages, and new ones."""
        known = await ids_of(db, context, self._nameless)
        new = [each for each in self._nameless if each not in known]
        known.update(zip(new, await take_ids(db, len(new)) if new else (), strict=False))
        return self._reading(Importing(course_id=context.id, next_id=_no_id, known=known))

    def _reading(self, importing: Importing) -> tuple[ObjectReader, list[TakenObject]]:
        reader = ObjectReader(importing, self._sent_at, self._escapes)
        return reader, reader.read(self._kind, self._data.objects)


def _no_id() -> int:
    raise AssertionError("an object without an id was not among those of the first reading")


async def in_turn(command: Command, submit: Submit, write: Write) -> Any:
    """The result of a write that is submitted after those of all commands that arrived earlier."""
    await command.turn.wait()
    result = submit(write)
    command.turn.pass_on()
    return await result


def context_of(event: CloudEvent, name: str | None) -> str:
    """The name of the context of a command. Raises MalformedMessage if there is none."""
    context_name = name or event.subject
    if context_name is None:
        raise MalformedMessage("subject or data.context must name the context", item="data.context")
    return context_name


async def resolved(db: Connection, name: str) -> Context:
    """The context of this name. Raises 422 for text of no form, 404 for a context that does not exist."""
    kind, reference = context_named(name)
    context_id = None if reference is None else await find_existing(db, kind, reference)
    if context_id is None:
        raise missing(f"There is no {name[:200]}.", "context_unknown", parameter="context")
    return Context(kind, context_id)


def sent_at(command: Command) -> datetime:
    """When a message was sent: the time of its event, else the moment of its arrival."""
    return command.event.time or command.turn.arrived_at


def version_of(data: ContentDeleteData, command: Command) -> Version:
    """The version of a deletion."""
    if data.revision is not None:
        return Version(data.revision, data.updated_at)
    return Version(None, data.updated_at or sent_at(command), sent_at(command))


def accepted(
    context: Context | None,
    written: WrittenObjects,
    *,
    unchanged: int = 0,
    older: int = 0,
    refused: Sequence[RefusedObject] = (),
    files_missing: Sequence[MissingFile] = (),
    sync: str | None = None,
) -> Reply:
    """The reply to a command that was carried out. `unchanged` and `older` are added to those that were not written."""
    result = ContentAccepted(
        taken=written.total(ObjectOutcome.TAKEN) + written.total(ObjectOutcome.STAGED),
        unchanged=written.total(ObjectOutcome.UNCHANGED) + unchanged,
        older=written.total(ObjectOutcome.OLDER) + older,
        refused=list(refused),
        files_missing=list(files_missing),
        sync=sync,
    )
    return Reply(ContentReplyType.ACCEPTED, result, context.path if context else None)


def _numbers(ids: Sequence[int | MemberKey]) -> list[int]:
    """The distinct ids, in order. Raises 422 for keys of members, which other kinds have."""
    for place, each in enumerate(ids):
        if isinstance(each, MemberKey):
            raise unprocessable(f"ids[{place}]", "An object of this kind has an id.")
    return sorted({each for each in ids if isinstance(each, int)})
