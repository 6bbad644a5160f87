"""Requests of site admins and operators about users, courses, groups, enrollments, tokens. One form over HTTP and in the command line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, TypeVar
from zoneinfo import available_timezones

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from shared.domain.errors import InvalidOption
from shared.domain.export import Context, ContextType
from shared.domain.path_ids import is_storable
from shared.domain.rights import EnrollmentState, Role
from shared.runtime.mail_settings import mail_address

Table = Literal["users", "courses", "groups"]

_LONGEST_TOKEN_S = 100 * 366 * 86_400  # the life of a token that ends at all

RowId = Annotated[int, Meta(ge=1, le=2**63 - 1)]
_Text = Annotated[str, Meta(min_length=1, max_length=255)]
_Name = _Text | UnsetType
_Alias = _Text | None | UnsetType  # null takes the name away
Flag = bool | UnsetType


class CourseState(StrEnum):
    """The state of a course."""

    UNPUBLISHED = "unpublished"
    AVAILABLE = "available"
    COMPLETED = "completed"


class AdminRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A request whose texts the database can hold."""

    def __post_init__(self) -> None:
        """Raise ValueError for a text that cannot be stored."""
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if isinstance(value, str) and not is_storable(value):
                raise ValueError(f"{name} has a character that cannot be stored")


class UserFields(AdminRequest, frozen=True, kw_only=True):
    """The fields of a user that are set; all others stay as they are."""

    table: ClassVar[Table] = "users"

    name: _Name = UNSET
    login_id: _Alias = UNSET
    sis_user_id: _Alias = UNSET
    time_zone: Annotated[str, Meta(description="an IANA name, such as America/Denver")] | UnsetType = UNSET
    email: Annotated[str, Meta(description="where mail about exports goes")] | UnsetType | None = UNSET
    locale: (
        Annotated[str, Meta(description="the language of such mail: de, en-GB", max_length=64)] | UnsetType | None
    ) = UNSET
    site_admin: Flag = UNSET

    def __post_init__(self) -> None:
        """Raise ValueError for an unknown time zone, and for an invalid address."""
        super().__post_init__()
        if isinstance(self.email, str):
            try:
                mail_address(self.email)
            except ValueError as error:
                raise ValueError(f"email {error}") from error
        if self.time_zone is not UNSET and self.time_zone not in _time_zones():
            raise ValueError("time_zone must be an IANA name, such as America/Denver")


class CourseFields(AdminRequest, frozen=True, kw_only=True):
    """The fields of a course that are set; all others stay as they are."""

    table: ClassVar[Table] = "courses"

    name: _Name = UNSET
    sis_course_id: _Alias = UNSET
    is_public: Flag = UNSET
    is_public_to_auth_users: Flag = UNSET
    workflow_state: CourseState | UnsetType = UNSET


class GroupFields(AdminRequest, frozen=True, kw_only=True):
    """The fields of a group that are set; `members` are added to its members."""

    table: ClassVar[Table] = "groups"

    name: _Name = UNSET
    sis_group_id: _Alias = UNSET
    course_id: RowId | UnsetType = UNSET
    members: Annotated[list[RowId], Meta(max_length=10_000)] = []


Fields = UserFields | CourseFields | GroupFields


class NewEnrollment(AdminRequest, frozen=True, kw_only=True):
    """A role of a user in a course, and its state. `create` adds a user that does not exist."""

    user_id: RowId
    course_id: RowId
    role: Role = Role.STUDENT
    workflow_state: EnrollmentState = EnrollmentState.ACTIVE
    create: bool = False


class NewToken(AdminRequest, frozen=True, kw_only=True):
    """A token of a user: without scopes it is good for every route, without `expires_in_s` for ever.

    `name` and `site_admin` change the user; `create` adds a user that does not exist.
    """

    user_id: RowId
    scopes: list[str] = []
    expires_in_s: Annotated[int, Meta(ge=1, le=_LONGEST_TOKEN_S)] | None = None
    name: _Name = UNSET
    site_admin: Literal[True] | UnsetType = UNSET
    create: bool = False


class RevokedToken(AdminRequest, frozen=True, kw_only=True):
    """The token that is to open nothing any more: the token itself."""

    token: Annotated[str, Meta(min_length=1, max_length=4096)]


class LoadParameters(AdminRequest, frozen=True, kw_only=True):
    """Where an uploaded package is loaded: into a new course, or into what one of the ids names.

    `create` lets `course_id` name a course that does not exist.
    """

    filename: _Text = "package"
    course_id: RowId | UnsetType = UNSET
    group_id: RowId | UnsetType = UNSET
    user_id: RowId | UnsetType = UNSET
    create: bool = False

    def __post_init__(self) -> None:
        """Raise ValueError for several contexts."""
        super().__post_init__()
        if len(self._contexts) > 1:
            raise ValueError("name only one of course_id, group_id and user_id")

    @property
    def into(self) -> Context | None:
        """The context; None for a new course."""
        return self._contexts[0] if self._contexts else None

    @property
    def _contexts(self) -> list[Context]:
        ids = zip(ContextType, (self.course_id, self.group_id, self.user_id), strict=True)
        return [Context(type_, number) for type_, number in ids if isinstance(number, int)]


class IssuedToken(Struct, frozen=True, kw_only=True):
    """A new token; it is shown this once."""

    id: int
    token: str


class TokenRow(Struct, frozen=True, kw_only=True):
    """What is known of a token, without the token."""

    id: int
    user_id: int
    scopes: list[str] | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


Request = TypeVar("Request", bound=AdminRequest)


def parse(parameters: Mapping[str, Any], type_: type[Request]) -> Request:
    """The request with these parameters. Numbers and flags may be text, as in a form.

    Raises InvalidOption, which names the parameter, for one that is unknown, missing, or of no valid value.
    """
    try:
        return msgspec.convert(dict(parameters), type_, strict=False)
    except msgspec.ValidationError as error:
        raise InvalidOption(str(error).replace("`$.", "`").replace(" - at `$`", "")) from error


def set_fields(request: AdminRequest) -> dict[str, Any]:
    """The fields that are set, as JSON data."""
    data: dict[str, Any] = msgspec.to_builtins(request)
    return data


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())
