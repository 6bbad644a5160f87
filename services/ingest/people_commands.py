"""The commands about courses, groups, users, enrollments and memberships of groups: rights follow from them at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from services.ingest.content_commands import Submit, accepted, in_turn, resolved, sent_at, version_of
from services.ingest.people_objects import MemberObject, PeopleReader, PersonObject, role_of
from services.ingest.people_writes import TABLES, PeopleWrites
from shared.adapters.postgres.pool import Connection
from shared.commands.judge import Command, Handler
from shared.commands.replies import Reply
from shared.contracts.cloud_events import data_of
from shared.contracts.content_commands import (
    ContentDeleteData,
    ContentUpsertData,
    MemberKey,
    PeopleKind,
    delete_type,
    upsert_type,
)
from shared.domain.audit import Actor
from shared.domain.content.version import Version
from shared.domain.export import Context
from shared.domain.services import Right
from shared.http.answers import unprocessable
from shared.intake.message_reader import OBJECTS_PATH
from shared.intake.write import COUNTED_OBJECTS, ObjectOutcome, WrittenObjects

_IN_NONE = (PeopleKind.COURSES, PeopleKind.USERS)

_Done = tuple[Context | None, PeopleReader, WrittenObjects]


@dataclass(frozen=True, slots=True)
class PeopleCommands:
    """Handlers of commands. `submit` runs what they write, in the order of their arrival."""

    submit: Submit

    def handlers(self) -> Mapping[str, Handler]:
        """The handler of each type of command."""
        runs: dict[str, Callable[[Command], Awaitable[Reply]]] = {}
        for kind in PeopleKind:
            runs[upsert_type(kind.value)] = partial(self.upsert, kind)
            runs[delete_type(kind.value)] = partial(self.delete, kind)
        return {type_: Handler(Right.CONTENT_WRITE, run) for type_, run in runs.items()}

    async def upsert(self, kind: PeopleKind, command: Command) -> Reply:
        """Write the objects of a message; those that have a fault are refused alone."""
        data = data_of(command.event, ContentUpsertData)
        if data.sync is not None:
            raise unprocessable("sync", "A sync has the objects of a context; this kind is sent beside it.")
        # A course and a user are in no context; their message may name the course that it creates.
        name = None if kind in _IN_NONE else data.context or command.event.subject

        async def write(db: Connection) -> _Done:
            context, writes = await self._begun(db, name, command)
            await _write_objects(kind, data.objects, context, writes)
            return context, writes.reader, writes.written

        return await self._answered(kind, command, write)

    async def delete(self, kind: PeopleKind, command: Command) -> Reply:
        """Delete rows: their ids stay known, so that a late upsert does not bring them back."""
        data = data_of(command.event, ContentDeleteData)
        name, version = data.context or command.event.subject, version_of(data, command)
        if kind in TABLES:
            numbers = sorted({each for each in data.ids if isinstance(each, int)})
            people = [PersonObject(_place(n), n, None, {}, version, deleted=True) for n in numbers]
            members: list[MemberObject] = []
            if len(data.ids) != len(numbers):
                _refuse_other(data.ids, MemberKey, "An object of this kind has an id.")
        else:
            _refuse_other(data.ids, int, "It is named by its user_id, and the role of an enrollment.")
            keys = [each for each in data.ids if isinstance(each, MemberKey)]
            people, members = [], [_deleted_member(kind, n, each, version) for n, each in enumerate(keys)]

        async def write(db: Connection) -> _Done:
            context, writes = await self._begun(db, name if members else None, command)
            if people:
                await writes.people(kind, people)
            if members:
                await writes.members(kind, members, context)
            return context, writes.reader, writes.written

        return await self._answered(kind, command, write)

    async def _begun(self, db: Connection, name: str | None, command: Command) -> tuple[Context | None, PeopleWrites]:
        context = None if name is None else await resolved(db, name)
        actor = Actor(None, None, f"service:{command.service.name}", None, command.request_id)
        reader = PeopleReader(sent_at(command))
        return context, PeopleWrites(db, reader, actor, WrittenObjects())

    async def _answered(
        self, kind: PeopleKind, command: Command, write: Callable[[Connection], Awaitable[_Done]]
    ) -> Reply:
        context, reader, written = await in_turn(command, self.submit, write)
        written.count_metrics()
        COUNTED_OBJECTS.labels(kind.value, ObjectOutcome.REFUSED).inc(len(reader.refused))
        return accepted(context, written, refused=reader.refused)


async def _write_objects(
    kind: PeopleKind, objects: Sequence[Any], context: Context | None, writes: PeopleWrites
) -> None:
    if kind in TABLES:
        course = context.id if context is not None and kind is PeopleKind.GROUPS else None
        await writes.people(kind, writes.reader.people(kind, objects), course)
        return
    if inner := writes.reader.inner_users(objects):
        await writes.people(PeopleKind.USERS, inner)
    await writes.members(kind, writes.reader.members(kind, objects), context)


def _place(number: int) -> str:
    return f"{OBJECTS_PATH.replace('objects', 'ids')}[{number}]"


def _refuse_other(ids: Sequence[int | MemberKey], other: type, message: str) -> None:
    for number, each in enumerate(ids):
        if isinstance(each, other):
            raise unprocessable(f"ids[{number}]", message)


def _deleted_member(kind: PeopleKind, number: int, key: MemberKey, version: Version) -> MemberObject:
    role = role_of(key.role) if kind is PeopleKind.ENROLLMENTS else ""
    if role is None:
        raise unprocessable(f"ids[{number}].role", f"{str(key.role)[:40]!r} is no role of an enrollment.")
    return MemberObject(_place(number), key.user_id, None, role, "deleted", version)
