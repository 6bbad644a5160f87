"""Operators' commands for users, courses, groups and roles. Each prints the id and nothing else."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from services.cli.operator.access import OperatorAccess
from services.cli.output import Output
from shared.contracts.admin.administration import (
    CourseFields,
    CourseState,
    Fields,
    GroupFields,
    NewEnrollment,
    Request,
    UserFields,
    parse,
)
from shared.domain.errors import InvalidOption
from shared.domain.rights import EnrollmentState, Role

Id = Annotated[int | None, typer.Option("--id", min=1, help="Change the one with this id, or create it")]
Name = Annotated[str | None, typer.Option(help="The name")]
SisId = Annotated[str | None, typer.Option(help="The id in the school's own system")]
Create = Annotated[bool, typer.Option("--create", help="Create the user with this id if it is missing")]
Delete = Annotated[bool, typer.Option("--delete", help="Mark it as deleted; needs --id")]


def user(
    access: OperatorAccess,
    output: Output,
    id_: Id = None,
    name: Name = None,
    login: Annotated[str | None, typer.Option(help="The login name, for paths with sis_login_id:LOGIN")] = None,
    sis_id: SisId = None,
    time_zone: Annotated[str | None, typer.Option(help="By its IANA name: America/Denver")] = None,
    email: Annotated[str | None, typer.Option(help="Where mail about exports goes")] = None,
    locale: Annotated[str | None, typer.Option(help="The language of such mail: de, en-GB")] = None,
    site_admin: Annotated[bool | None, typer.Option(help="Give all rights everywhere")] = None,
    delete: Delete = False,
) -> None:
    """Add or change a user."""
    fields = requested(
        UserFields,
        name=name,
        login_id=login,
        sis_user_id=sis_id,
        time_zone=time_zone,
        email=email,
        locale=locale,
        site_admin=site_admin,
    )
    _change(access, output, id_, fields, delete=delete)


def course(
    access: OperatorAccess,
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
    fields = requested(
        CourseFields,
        name=name,
        sis_course_id=sis_id,
        is_public=public,
        is_public_to_auth_users=public_to_institution,
        workflow_state=state,
    )
    _change(access, output, id_, fields, delete=delete)


def group(
    access: OperatorAccess,
    output: Output,
    id_: Id = None,
    name: Name = None,
    sis_id: SisId = None,
    course: Annotated[int | None, typer.Option(help="The course that the group belongs to")] = None,
    member: Annotated[list[int] | None, typer.Option(help="A user of the group; repeat for several")] = None,
    delete: Delete = False,
) -> None:
    """Add or change a group; members are added to its members."""
    fields = requested(GroupFields, name=name, sis_group_id=sis_id, course_id=course, members=member)
    _change(access, output, id_, fields, delete=delete)


def enroll(
    course: Annotated[int, typer.Option(help="The course")],
    user: Annotated[int, typer.Option(min=1, help="The user")],
    access: OperatorAccess,
    output: Output,
    role: Annotated[Role, typer.Option(help="The role of the user")] = Role.STUDENT,
    state: Annotated[EnrollmentState, typer.Option(help="The state of the enrollment")] = EnrollmentState.ACTIVE,
    create: Create = False,
) -> None:
    """Give a user a role in a course, conclude it, or delete it."""
    new = requested(NewEnrollment, user_id=user, course_id=course, role=role, workflow_state=state, create=create)
    with access.open() as administration:
        administration.enroll(new)
    output.done({"course_id": course, "user_id": user, "role": role, "workflow_state": state})


def _change(access: OperatorAccess, output: Output, row_id: int | None, fields: Fields, *, delete: bool) -> None:
    if delete and row_id is None:
        raise typer.BadParameter("needs --id", param_hint="--delete")
    with access.open() as administration:
        if delete and row_id is not None:
            administration.delete(fields.table, row_id)
            stored_id = row_id
        else:
            stored_id = administration.put(row_id, fields)
    output.result(str(stored_id), {"id": stored_id})


def requested(type_: type[Request], **options: Any) -> Request:
    """The request of these options; None stands for an option that was not given. Raises a usage error."""
    try:
        return parse({name: value for name, value in options.items() if value is not None}, type_)
    except InvalidOption as error:
        raise typer.BadParameter(str(error)) from error
