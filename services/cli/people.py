"""Operator commands for users, courses, groups, roles and tokens. Each prints the id or token and nothing else."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Any
from zoneinfo import available_timezones

import typer

from services.cli.database import Database
from services.cli.output import Output
from shared.adapters.postgres.access import Access
from shared.adapters.postgres.people import People, Table
from shared.adapters.postgres.pool import Pool
from shared.contracts.scopes import scope_fault
from shared.domain.errors import InvalidContent
from shared.domain.rights import Role

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}

Id = Annotated[int | None, typer.Option("--id", min=1, help="Change the one with this id, or create it")]
Name = Annotated[str | None, typer.Option(help="The name")]
SisId = Annotated[str | None, typer.Option(help="The id in the school's own system")]
Create = Annotated[bool, typer.Option("--create", help="Create the user with this id if it is missing")]
Delete = Annotated[bool, typer.Option("--delete", help="Mark it as deleted; needs --id")]


class State(StrEnum):
    """The state of an enrollment."""

    ACTIVE = "active"
    COMPLETED = "completed"
    DELETED = "deleted"


class CourseState(StrEnum):
    """The state of a course."""

    UNPUBLISHED = "unpublished"
    AVAILABLE = "available"
    COMPLETED = "completed"


def token(
    user: Annotated[int, typer.Option(min=1, help="The user of the token")],
    database: Database,
    output: Output,
    scope: Annotated[list[str] | None, typer.Option(help="url:GET|/api/v1/... ; repeat for several")] = None,
    expires: Annotated[str | None, typer.Option(help="30d, 12h, 90m; without it the token does not expire")] = None,
    name: Name = None,
    site_admin: Annotated[bool, typer.Option("--site-admin", help="Make the user a site admin")] = False,
    create: Create = False,
) -> None:
    """Issue an access token for a user and print it; it cannot be printed again."""
    ttl_s = _seconds(expires)
    for each in scope or ():
        if (fault := scope_fault(each)) is not None:
            raise typer.BadParameter(fault, param_hint="--scope")

    async def run(pool: Pool) -> str:
        people = People(pool)
        if create:
            await people.ensure_user(user)
        else:
            await people.require("users", user)
        if name or site_admin:
            await people.put_user(user, _given(name=name), site_admin=site_admin or None)
        return await Access(pool).issue(user, scope, ttl_s)

    issued = database.run(run)
    output.result(issued, {"token": issued})


def revoke(
    token: Annotated[str, typer.Argument(help="The token itself")],
    database: Database,
    output: Output,
) -> None:
    """Revoke an access token at once."""

    async def run(pool: Pool) -> None:
        if not await People(pool).revoke(token):
            raise InvalidContent("This token was never issued here.")

    database.run(run)
    output.done({"revoked": True})


def user(
    database: Database,
    output: Output,
    id_: Id = None,
    name: Name = None,
    login: Annotated[str | None, typer.Option(help="The login name, for paths with sis_login_id:LOGIN")] = None,
    sis_id: SisId = None,
    time_zone: Annotated[str | None, typer.Option(help="By its IANA name: America/Denver")] = None,
    site_admin: Annotated[bool | None, typer.Option(help="Give all rights everywhere")] = None,
    delete: Delete = False,
) -> None:
    """Add or change a user."""
    if time_zone is not None and time_zone not in available_timezones():
        raise typer.BadParameter("an IANA name, such as America/Denver", param_hint="--time-zone")
    body = _given(name=name, login_id=login, sis_user_id=sis_id, time_zone=time_zone)

    async def run(pool: Pool) -> int:
        if delete:
            return await _delete(pool, "users", id_)
        return await People(pool).put_user(id_, body, site_admin=site_admin)

    stored_id = database.run(run)
    output.result(str(stored_id), {"id": stored_id})


def course(
    database: Database,
    output: Output,
    id_: Id = None,
    name: Name = None,
    sis_id: SisId = None,
    public: Annotated[bool | None, typer.Option(help="Anybody may read it")] = None,
    public_to_institution: Annotated[bool | None, typer.Option(help="Every logged-in user may read it")] = None,
    state: Annotated[CourseState | None, typer.Option(help="Students read a course once it is available")] = None,
    delete: Delete = False,
) -> None:
    """Add a course without content, or change one."""
    body = _given(
        name=name,
        sis_course_id=sis_id,
        is_public=public,
        is_public_to_auth_users=public_to_institution,
        workflow_state=state,
    )

    async def run(pool: Pool) -> int:
        return await (_delete(pool, "courses", id_) if delete else People(pool).put_course(id_, body))

    stored_id = database.run(run)
    output.result(str(stored_id), {"id": stored_id})


def group(
    database: Database,
    output: Output,
    id_: Id = None,
    name: Name = None,
    sis_id: SisId = None,
    course: Annotated[int | None, typer.Option(help="The course that the group belongs to")] = None,
    member: Annotated[list[int] | None, typer.Option(help="A user of the group; repeat for several")] = None,
    delete: Delete = False,
) -> None:
    """Add or change a group; members are added to its members."""
    body = _given(name=name, sis_group_id=sis_id)

    async def run(pool: Pool) -> int:
        if delete:
            return await _delete(pool, "groups", id_)
        return await People(pool).put_group(id_, body, course_id=course, members=member or ())

    stored_id = database.run(run)
    output.result(str(stored_id), {"id": stored_id})


def enroll(
    course: Annotated[int, typer.Option(help="The course")],
    user: Annotated[int, typer.Option(min=1, help="The user")],
    database: Database,
    output: Output,
    role: Annotated[Role, typer.Option(help="The role of the user")] = Role.STUDENT,
    state: Annotated[State, typer.Option(help="The state of the enrollment")] = State.ACTIVE,
    create: Create = False,
) -> None:
    """Give a user a role in a course, conclude it, or delete it."""

    async def run(pool: Pool) -> None:
        people = People(pool)
        if create:
            await people.ensure_user(user)
        else:
            await people.require("users", user)
        await people.enroll(user, course, role, state)

    database.run(run)
    output.done({"course_id": course, "user_id": user, "role": role, "workflow_state": state})


async def _delete(pool: Pool, table: Table, row_id: int | None) -> int:
    if row_id is None:
        raise typer.BadParameter("needs --id", param_hint="--delete")
    await People(pool).delete(table, row_id)
    return row_id


def _given(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _seconds(text: str | None) -> float | None:
    """`30d` as seconds. Raises a usage error for anything else."""
    if text is None:
        return None
    match = re.fullmatch(r"(\d{1,9})([smhdw])", text.strip())
    if match is None:
        raise typer.BadParameter("a number and a unit: 30d, 12h, 90m", param_hint="--expires")
    return float(int(match[1]) * _SECONDS[match[2]])
