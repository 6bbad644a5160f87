"""Who may create, see, download and delete an export: pure rules over facts. Source: Canvas's ContentExport policy."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from shared.domain.export import ContentExport, Context, ContextType, ExportType


class Role(StrEnum):
    """A role in a course."""

    TEACHER = "teacher"
    TA = "ta"
    DESIGNER = "designer"
    STUDENT = "student"
    OBSERVER = "observer"


class EnrollmentState(StrEnum):
    """The state of an enrollment."""

    ACTIVE = "active"
    COMPLETED = "completed"
    DELETED = "deleted"


# What Canvas calls an enrollment of each role.
ROLE_NAMES = {
    Role.TEACHER: "TeacherEnrollment",
    Role.TA: "TaEnrollment",
    Role.DESIGNER: "DesignerEnrollment",
    Role.STUDENT: "StudentEnrollment",
    Role.OBSERVER: "ObserverEnrollment",
}

# Staff with a concluded enrollment still read as admins; only those with an active one manage files.
_ADMIN_ROLES = frozenset({Role.TEACHER, Role.TA, Role.DESIGNER})
_MEMBER_ROLES = frozenset(Role)


class Caller(Struct, frozen=True):
    """The sender of a request. A user id of None means an anonymous caller."""

    user_id: int | None = None
    site_admin: bool = False
    scopes: frozenset[str] | None = None  # None: the token has no limit of scope
    token: str = ""  # a name of the access token, for rate limits and logs; never the token itself
    real_user_id: int | None = None  # who acts as `user_id`; None: that user itself
    facts: ContextFacts | None = (
        None  # of the context that the request names, if they were read together with the token
    )


class ContextFacts(Struct, frozen=True):
    """An existing context, its visibility, and the caller's enrollments or membership in it."""

    context: Context
    active_roles: frozenset[str] = frozenset()
    concluded_roles: frozenset[str] = frozenset()
    member: bool = False  # of the group
    is_public: bool = False
    is_public_to_auth_users: bool = False
    unpublished: bool = False
    concluded: bool = False


class Rights(Struct, frozen=True):
    """The rights of a caller in a context."""

    read: bool = False
    read_as_admin: bool = False
    manage_files: bool = False
    read_files: bool = False


ALL_RIGHTS = Rights(read=True, read_as_admin=True, manage_files=True, read_files=True)


def rights(caller: Caller, facts: ContextFacts) -> Rights:
    """The rights of the caller in the context; site admins have all of them."""
    if caller.site_admin:
        return ALL_RIGHTS
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
    """The rights that a staff role gives: only to read if the course or the enrollment is concluded."""
    reads = bool((facts.active_roles | facts.concluded_roles) & _ADMIN_ROLES)
    manages = bool(facts.active_roles & _ADMIN_ROLES) and not facts.concluded
    return Rights(read=reads, read_as_admin=reads, manage_files=manages, read_files=reads)


def may_read(caller: Caller, granted: Rights, export: ContentExport) -> bool:
    """Whether the caller may see all of this export: its state, its package and its report.

    Callers who manage files, site admins among them, see every cartridge and QTI export of the context; those who only
    read as admin see their own exports of any type; others their own zips. No caller sees the zip of another person.
    """
    own = caller.user_id is not None and export.user_id == caller.user_id
    if granted.manage_files and export.export_type is not ExportType.ZIP:
        return True
    if granted.read_as_admin:
        return own
    return own and granted.read and export.export_type is ExportType.ZIP


def may_administer(caller: Caller) -> bool:
    """Whether the caller administers the account: site admins alone.

    They list its courses and exports, see the state of every export, and end any. What is in a package, and what its
    report names, stays with `may_read`: they read another person's zip by acting as that person.
    """
    return caller.site_admin


def may_end(caller: Caller, owner_id: int | None) -> bool:
    """Whether the caller may cancel and delete an export of this user: site admins any, others their own."""
    return may_administer(caller) or (caller.user_id is not None and caller.user_id == owner_id)


def may_create(caller: Caller, granted: Rights, export_type: ExportType) -> bool:
    """Whether the caller may create an export of this type: admins any, other logged-in readers zips."""
    if caller.user_id is None:
        return False
    return granted.read_as_admin or (granted.read and export_type is ExportType.ZIP)


def sees_all_in_list(granted: Rights, context: Context) -> bool:
    """Whether a list shows exports of other people too: in courses, to callers who read as admin."""
    return granted.read_as_admin and context.type is ContextType.COURSE


def in_list(caller: Caller, granted: Rights, context: Context, user_id: int | None, export_type: ExportType) -> bool:
    """Whether a list of the context's exports shows this caller an export of that user and type.

    This must agree with the query of the list (postgres/content_exports.py). Admins of a course see the cartridge and
    QTI exports of everyone. Callers see their own zips, and their own other exports outside of courses or as admin.
    """
    own = caller.user_id is not None and user_id == caller.user_id
    if sees_all_in_list(granted, context) and export_type is not ExportType.ZIP:
        return True
    in_course = context.type is ContextType.COURSE
    return own and (granted.read_as_admin or export_type is ExportType.ZIP or not in_course)
