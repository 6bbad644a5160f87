"""Courses, groups, users and who is in them become rows, in the transaction of their message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from services.ingest.people_objects import SIS_FIELDS, MemberObject, PeopleReader, PersonObject
from shared.adapters.postgres.audit_log import copy
from shared.adapters.postgres.content_tables.people_versions import (
    MemberRow,
    PersonRow,
    existing_ids,
    ids_named,
    put_groups_in,
    put_members,
    put_people,
    site_admins,
)
from shared.adapters.postgres.people import advance_past, next_ids
from shared.adapters.postgres.pool import Connection
from shared.adapters.postgres.taken_names import unique_names
from shared.contracts.admin.administration import Table
from shared.contracts.content_commands import PeopleKind
from shared.domain.audit import Action, Actor, AuditEntry
from shared.domain.content.version import is_newer
from shared.domain.errors import InvalidContent
from shared.domain.export import Context, ContextType
from shared.intake.write import ObjectOutcome, WrittenObjects

TABLES: Mapping[PeopleKind, Table] = {
    PeopleKind.COURSES: "courses",
    PeopleKind.GROUPS: "groups",
    PeopleKind.USERS: "users",
}
_TYPES = {PeopleKind(each.route): each for each in ContextType}
_WORDS = {kind: each.value.lower() for kind, each in _TYPES.items()}  # course, group, user
_PUT = {kind: Action(f"put_{word}") for kind, word in _WORDS.items()}
_DELETE = {kind: Action(f"delete_{word}") for kind, word in _WORDS.items()}


class _Resolved(NamedTuple):
    """A person object, and the row that it is."""

    source: PersonObject
    row: PersonRow


@dataclass(slots=True)
class PeopleWrites:
    """Writes the objects of one message; those that are refused are noted in `reader`."""

    db: Connection
    reader: PeopleReader
    actor: Actor
    written: WrittenObjects

    async def people(self, kind: PeopleKind, objects: Sequence[PersonObject], course: int | None = None) -> None:
        """Insert or update courses, groups or users; groups without a course are in `course`."""
        rows = await self._permitted(kind, await self._resolved(kind, objects))
        if kind is PeopleKind.GROUPS:
            rows = await self._in_courses(rows, course)
        if not rows:
            return
        if chosen_ids := [each.source.id for each in rows if each.source.id is not None]:
            await advance_past(self.db, TABLES[kind], max(chosen_ids))
        written_rows = await self._put(kind, rows)
        if kind is PeopleKind.GROUPS:
            courses = {each.row.id: each.source.course_id or course for each in written_rows}
            await put_groups_in(
                self.db, {group: course_id for group, course_id in courses.items() if course_id is not None}
            )
        await self._record(kind, written_rows)

    async def members(self, kind: PeopleKind, objects: Sequence[MemberObject], context: Context | None) -> None:
        """Insert or update enrollments, or memberships."""
        of = PeopleKind.COURSES if kind is PeopleKind.ENROLLMENTS else PeopleKind.GROUPS
        users = await self._existing(PeopleKind.USERS, [each.user for each in objects])
        default = context.id if context is not None and context.type is _TYPES[of] else None
        contexts = await self._existing(of, [each.context or default for each in objects])
        rows: dict[tuple[int, int, str], MemberRow] = {}
        for each in objects:
            user, context_id = users.get(each.user), contexts.get(each.context or default or 0)
            if user is None or context_id is None:
                self._refuse_unknown(each, of, user)
                continue
            row = MemberRow(context_id, user, each.role, each.state, each.version)
            first = rows.get(row[:3])
            if first is None or is_newer(row.version, first.version):
                rows[row[:3]] = row
            if first is not None:
                self.written.counts[kind.value, ObjectOutcome.OLDER] += 1
        if rows:
            await self._put_members(kind, list(rows.values()), _WORDS[of])

    async def _put_members(self, kind: PeopleKind, rows: Sequence[MemberRow], word: str) -> None:
        unwritten = await put_members(self.db, kind.value, rows)
        written_rows = [row for place, row in enumerate(rows) if place not in unwritten.unchanged | unwritten.older]
        self.written.note(kind.value, len(rows), unwritten)
        now = datetime.now(UTC)
        is_enrollment = kind is PeopleKind.ENROLLMENTS
        action = Action.ENROLL if is_enrollment else Action.PUT_GROUP
        subjects = [
            f"user:{row.user_id} {word}:{row.context_id} {row.role} {row.workflow_state}"
            if is_enrollment
            else f"{word}:{row.context_id} member:{row.user_id} {row.workflow_state}"
            for row in written_rows
        ]
        await copy(self.db, [AuditEntry(now, action, self.actor, None, subject) for subject in subjects])

    async def _resolved(self, kind: PeopleKind, objects: Sequence[PersonObject]) -> list[_Resolved]:
        """Each object under the id that it has, that its SIS id has, or a new one; the newest state of each."""
        names = {each.sis_id for each in objects if each.id is None and each.sis_id}
        ids = await ids_named(self.db, TABLES[kind], SIS_FIELDS[kind], names) if names else {}
        new = sorted(names - ids.keys())
        chosen_ids = {each.id for each in objects if each.id is not None}
        ids.update(zip(new, await next_ids(self.db, TABLES[kind], len(new), chosen_ids), strict=True))
        rows: dict[int, _Resolved] = {}
        for each in objects:
            row_id = each.id if each.id is not None else ids[each.sis_id or ""]
            resolved = _Resolved(each, PersonRow(row_id, each.body, each.version, each.deleted))
            first = rows.get(row_id)
            if first is None or is_newer(each.version, first.source.version):
                rows[row_id] = resolved
            if first is not None:
                self.written.counts[kind.value, ObjectOutcome.OLDER] += 1
        return list(rows.values())

    async def _permitted(self, kind: PeopleKind, rows: list[_Resolved]) -> list[_Resolved]:
        """All but site admins, whose names would let another person be one."""
        if kind is not PeopleKind.USERS or not rows:
            return rows
        admins = await site_admins(self.db, [each.row.id for each in rows])
        for each in rows:
            if each.row.id in admins:
                self.reader.refuse(each.source.path, "Site admins are changed by operators alone.", each.row.id)
        return [each for each in rows if each.row.id not in admins]

    async def _in_courses(self, rows: list[_Resolved], course: int | None) -> list[_Resolved]:
        course_ids = [each.source.course_id for each in rows if each.source.course_id is not None]
        existing = await existing_ids(self.db, "courses", course_ids) if course_ids else set()
        good = []
        for each in rows:
            if each.source.course_id is None or each.source.course_id in existing:
                good.append(each)
            else:
                message = f"There is no course {each.source.course_id}."
                self.reader.refuse(f"{each.source.path}.course_id", message, each.row.id)
        return good

    async def _put(self, kind: PeopleKind, rows: Sequence[_Resolved]) -> list[_Resolved]:
        """Write rows, and return those that were written: of many, all but those with a name that another one has."""
        body = rows[0].row.body if len(rows) == 1 else {}
        try:
            async with unique_names(self.db, _TYPES[kind], body), self.db.transaction():
                unwritten = await put_people(self.db, TABLES[kind], [each.row for each in rows])
        except InvalidContent as error:
            if len(rows) == 1:
                self.reader.refuse(f"{rows[0].source.path}.{error.item}", str(error), rows[0].row.id)
                return []
            half = len(rows) // 2
            return [*await self._put(kind, rows[:half]), *await self._put(kind, rows[half:])]
        written_rows = [each for each in rows if each.row.id not in unwritten.unchanged | unwritten.older]
        self.written.note(kind.value, len(rows), unwritten)
        return written_rows

    async def _existing(self, kind: PeopleKind, names: Sequence[int | str | None]) -> dict[int | str, int]:
        """The ids of those that exist, by the id or the SIS id that names them."""
        numbers = [name for name in names if isinstance(name, int)]
        words = [name for name in names if isinstance(name, str)]
        ids: dict[int | str, int] = {}
        if numbers:
            ids |= {number: number for number in await existing_ids(self.db, TABLES[kind], numbers)}
        if words:
            ids.update(await ids_named(self.db, TABLES[kind], SIS_FIELDS[kind], words))
        return ids

    def _refuse_unknown(self, each: MemberObject, of: PeopleKind, user: int | None) -> None:
        if user is None:
            name = "user_id" if isinstance(each.user, int) else "sis_user_id"
            self.reader.refuse(f"{each.path}.{name}", f"There is no user {each.user}.")
            return
        word = _WORDS[of]
        missing = f"It names no {word}" if each.context is None else f"There is no {word} {each.context}"
        name = SIS_FIELDS[of] if isinstance(each.context, str) else f"{word}_id"
        self.reader.refuse(f"{each.path}.{name}", f"{missing}.")

    async def _record(self, kind: PeopleKind, rows: Sequence[_Resolved]) -> None:
        now = datetime.now(UTC)
        entries = [
            AuditEntry(
                now,
                _DELETE[kind] if each.row.deleted else _PUT[kind],
                self.actor,
                None,
                " ".join([f"{_WORDS[kind]}:{each.row.id}", *([] if each.row.deleted else each.row.body)])[:1000],
            )
            for each in rows
        ]
        if entries:
            await copy(self.db, entries)
