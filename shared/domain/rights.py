"""Who may ask for, see and download an export: pure rules over facts (Canvas: ContentExport policy)."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from shared.domain.export import ContentExport, Context, ContextType, ExportType


class Role(StrEnum):
    """What somebody is in a course."""

    TEACHER = "teacher"
    TA = "ta"
    DESIGNER = "designer"
    STUDENT = "student"
    OBSERVER = "observer"


# Concluded teachers still read as admins; only active ones manage files.
_ADMIN_ROLES = frozenset({Role.TEACHER, Role.TA, Role.DESIGNER})
_MEMBER_ROLES = frozenset(Role)


class Caller(Struct, frozen=True):
    """Whoever a request comes from; None for a user id means nobody is logged in."""

    user_id: int | None = None
    site_admin: bool = False
    scopes: frozenset[str] | None = None  # None: the token is not limited to scopes
    token: str = ""  # which token it came with; not the token itself
    facts: ContextFacts | None = None  # of the context that the request names, where they came with the token


class ContextFacts(Struct, frozen=True):
    """A context that exists, and what ties the caller to it."""

    context: Context
    active_roles: frozenset[str] = frozenset()
    concluded_roles: frozenset[str] = frozenset()
    member: bool = False  # of the group
    is_public: bool = False
    is_public_to_auth_users: bool = False
    unpublished: bool = False
    concluded: bool = False


class Rights(Struct, frozen=True):
    """What a caller may do in a context."""

    read: bool = False
    read_as_admin: bool = False
    manage_files: bool = False
    read_files: bool = False


_EVERYTHING = Rights(read=True, read_as_admin=True, manage_files=True, read_files=True)


def rights(caller: Caller, facts: ContextFacts) -> Rights:
    """The caller's rights in the context; site admins have them all."""
    if caller.site_admin:
        return _EVERYTHING
    if facts.context.type is ContextType.USER:
        own = caller.user_id is not None and caller.user_id == facts.context.id
        return Rights(read=own, read_as_admin=own, manage_files=own, read_files=own)
    if facts.context.type is ContextType.GROUP:
        if not facts.member:
            return _admin_of(facts)
        staff = bool(facts.active_roles & _ADMIN_ROLES)
        return Rights(read=True, read_as_admin=staff, manage_files=True, read_files=True)
    admin = _admin_of(facts)
    read = admin.read or (not facts.unpublished and _reads(caller, facts))
    return Rights(read=read, read_as_admin=admin.read_as_admin, manage_files=admin.manage_files, read_files=read)


def _reads(caller: Caller, facts: ContextFacts) -> bool:
    everyone = facts.is_public or (facts.is_public_to_auth_users and caller.user_id is not None)
    return everyone or bool((facts.active_roles | facts.concluded_roles) & _MEMBER_ROLES)


def _admin_of(facts: ContextFacts) -> Rights:
    """What a role of staff brings; those of a concluded course, or with a concluded role, change nothing any more."""
    reads = bool((facts.active_roles | facts.concluded_roles) & _ADMIN_ROLES)
    manages = bool(facts.active_roles & _ADMIN_ROLES) and not facts.concluded
    return Rights(read=reads, read_as_admin=reads, manage_files=manages, read_files=reads)


def may_read(caller: Caller, held: Rights, export: ContentExport) -> bool:
    """Whether this export may be seen.

    File managers, site admins among them, read every cartridge and QTI export of the context; whoever reads as admin
    their own of any type; others their own zips. Nobody reads the zip of another person.
    """
    own = caller.user_id is not None and export.user_id == caller.user_id
    if held.manage_files and export.export_type is not ExportType.ZIP:
        return True
    if held.read_as_admin:
        return own
    return own and held.read and export.export_type is ExportType.ZIP


def may_delete(caller: Caller, export: ContentExport) -> bool:
    """Whether this export, which the caller may read, may be ended for good: one's own, and any by site admins."""
    return caller.site_admin or (caller.user_id is not None and export.user_id == caller.user_id)


def may_create(caller: Caller, held: Rights, export_type: ExportType) -> bool:
    """Whether an export of this type may be asked for: any type by admins, zips by every logged-in reader."""
    if caller.user_id is None:
        return False
    return held.read_as_admin or (held.read and export_type is ExportType.ZIP)


def sees_all_in_list(held: Rights, context: Context) -> bool:
    """Whether a list shows other people's cartridges too: in courses, to whoever reads as admin."""
    return held.read_as_admin and context.type is ContextType.COURSE


def in_list(caller: Caller, held: Rights, context: Context, user_id: int | None, export_type: ExportType) -> bool:
    """Whether a list of the context's exports shows this caller an export of that user and type.

    The same rule as the query of the list: everyone's cartridges to course admins; one's own zips in a course, one's
    own exports of any type elsewhere or as an admin.
    """
    own = caller.user_id is not None and user_id == caller.user_id
    if sees_all_in_list(held, context) and export_type is not ExportType.ZIP:
        return True
    in_course = context.type is ContextType.COURSE
    return own and (held.read_as_admin or export_type is ExportType.ZIP or not in_course)
