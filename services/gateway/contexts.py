"""Courses, groups and users in their basic fields: what clients ask for before they ask for an export."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from aiohttp import web
from msgspec import UNSET
from multidict import MultiMapping

from services.gateway.paging import link_header, page_of
from shared.adapters.postgres.contexts import CourseFilter, Enrollment
from shared.contracts import bodies
from shared.contracts.api import moment
from shared.domain.export import Context, ContextType
from shared.domain.path_ids import is_storable
from shared.domain.rights import Caller, Role
from shared.http.answers import bad_request, json_answer, not_found
from shared.http.identity import Identity, Visit
from shared.http.urls import SUFFIX, base_url
from shared.runtime.settings import Settings

_ROLES = {
    Role.TEACHER: "TeacherEnrollment",
    Role.TA: "TaEnrollment",
    Role.DESIGNER: "DesignerEnrollment",
    Role.STUDENT: "StudentEnrollment",
    Role.OBSERVER: "ObserverEnrollment",
}
_ROLE_OF = {name: role.value for role, name in _ROLES.items()}


class ContextDescriptions(Protocol):
    """Courses, groups and users as stored."""

    async def get(self, context: Context) -> dict[str, Any] | None:
        """The REST object of a context; None for an unknown one."""

    async def roles(self, user_id: int | None, course_ids: list[int]) -> dict[int, list[Enrollment]]:
        """The enrollments of a user by course."""

    async def courses_of(
        self, user_id: int, wanted: CourseFilter, *, limit: int, offset: int
    ) -> tuple[list[dict[str, Any]], int]:
        """One page of the courses of a user, and how many there are on all pages."""


@dataclass(frozen=True, slots=True)
class ContextsApi:
    """Handlers for the contexts themselves."""

    settings: Settings
    identity: Identity
    contexts: ContextDescriptions

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/api/v1/courses" + SUFFIX, self.courses)
        app.router.add_get("/api/v1/{contexts:courses|groups|users}/{context_id:[^/]+?}" + SUFFIX, self.show)

    async def courses(self, request: web.Request) -> web.Response:
        """The courses in which the caller has an active role, or the one that the filters name."""
        caller = await self.identity.logged_in(request)
        page = page_of(request.query.get("page"), request.query.get("per_page"))
        assert caller.user_id is not None
        wanted = _course_filter(request.query)
        found, total = await self.contexts.courses_of(caller.user_id, wanted, limit=page.size, offset=page.offset)
        roles = await self.contexts.roles(caller.user_id, [course["id"] for course in found])
        link = link_header(f"{base_url(request, self.settings)}/api/v1/courses", request.query.items(), page, total)
        listed = [course_json(course, caller, roles[course["id"]], sees_sis=False) for course in found]
        return json_answer(listed, headers={"Link": link})

    async def show(self, request: web.Request) -> web.Response:
        """One course, group or user. A user is shown to themself and to site admins."""
        visit = await self.identity.enter(request)
        visit.require(visit.rights.read)
        stored = await self.contexts.get(visit.context)
        if stored is None:
            raise not_found()
        return json_answer(await self._json(visit, stored))

    async def _json(self, visit: Visit, stored: dict[str, Any]) -> bodies.JsonBody:
        context, sees_sis = visit.context, visit.rights.read_as_admin
        if context.type is ContextType.USER:
            return user_json(stored)
        if context.type is ContextType.GROUP:
            return group_json(stored, sees_sis=sees_sis)
        roles = await self.contexts.roles(visit.caller.user_id, [context.id])
        return course_json(stored, visit.caller, roles[context.id], sees_sis=sees_sis)


def _course_filter(query: MultiMapping[str]) -> CourseFilter:
    """The filters of the query. Values that nothing has match nothing, as in Canvas; 400 for what no text can be."""
    given = [*query.getall("state[]", ()), *query.getall("state", ())]
    role, kind = query.get("enrollment_role"), query.get("enrollment_type")
    wanted = CourseFilter(
        enrollment_state=query.get("enrollment_state") or "active",
        role=_ROLE_OF.get(role, role) if role else kind or None,
        states=tuple(given) or None,
        search_term=query.get("search_term") or None,
    )
    for text in (wanted.enrollment_state, wanted.role or "", *given, wanted.search_term or ""):
        if not is_storable(text):
            raise bad_request("a filter has a character that no text can have")
    return wanted


def course_json(
    course: dict[str, Any], caller: Caller, roles: list[Enrollment], *, sees_sis: bool
) -> bodies.CourseBody:
    """A REST Course; SIS ids only for who administers it."""
    name = course.get("name") or ""
    return bodies.CourseBody(
        id=course["id"],
        name=name,
        course_code=course.get("course_code") or name,
        uuid=course["uuid"],
        workflow_state=course.get("workflow_state") or "available",
        account_id=course.get("account_id") or 1,
        root_account_id=course.get("root_account_id") or 1,
        start_at=course.get("start_at"),
        end_at=course.get("end_at"),
        created_at=moment(course["created_at"]),
        default_view=course.get("default_view") or "modules",
        license=course.get("license"),
        is_public=bool(course.get("is_public")),
        is_public_to_auth_users=bool(course.get("is_public_to_auth_users")),
        time_zone=course.get("time_zone"),
        blueprint=bool(course.get("blueprint")),
        enrollments=[_enrollment(role, state, caller) for role, state in roles],
        sis_course_id=course.get("sis_course_id") if sees_sis else UNSET,
        integration_id=course.get("integration_id") if sees_sis else UNSET,
    )


def _enrollment(role: Role, state: str, caller: Caller) -> bodies.Enrollment:
    return bodies.Enrollment(type=role, role=_ROLES[role], user_id=caller.user_id, enrollment_state=state)


def group_json(group: dict[str, Any], *, sees_sis: bool) -> bodies.GroupBody:
    """A REST Group."""
    course_id = group["course_id"]
    return bodies.GroupBody(
        id=group["id"],
        name=group.get("name") or "",
        description=group.get("description"),
        created_at=moment(group["created_at"]),
        members_count=group["members"],
        is_public=bool(group.get("is_public")),
        join_level=group.get("join_level") or "invitation_only",
        context_type="Account" if course_id is None else "Course",
        group_category_id=group.get("group_category_id"),
        role=group.get("role"),
        course_id=UNSET if course_id is None else course_id,
        sis_group_id=group.get("sis_group_id") if sees_sis else UNSET,
    )


def user_json(user: dict[str, Any]) -> bodies.User:
    """A REST User."""
    name = user.get("name") or ""
    first, _, last = name.rpartition(" ")
    return bodies.User(
        id=user["id"],
        name=name,
        created_at=moment(user["created_at"]),
        sortable_name=user.get("sortable_name") or (f"{last}, {first}" if first else name),
        short_name=user.get("short_name") or name,
        sis_user_id=user.get("sis_user_id"),
        integration_id=user.get("integration_id"),
        login_id=user.get("login_id"),
        email=user.get("email"),
        locale=user.get("locale"),
        time_zone=user.get("time_zone"),
    )
