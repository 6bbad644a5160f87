"""Courses, groups and users in their basic fields: what clients ask for before they ask for an export."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp import web
from msgspec import UNSET

from services.gateway.paging import link_header, page_of
from shared.adapters.postgres.contexts import Contexts, Enrollment
from shared.contracts import bodies
from shared.contracts.api import moment
from shared.domain.export import Context, ContextType
from shared.domain.rights import Caller, Rights, Role
from shared.http.answers import json_answer, not_found
from shared.http.identity import Identity, refused
from shared.http.urls import SUFFIX, base_url
from shared.runtime.settings import Settings

_ROLES = {
    Role.TEACHER: "TeacherEnrollment",
    Role.TA: "TaEnrollment",
    Role.DESIGNER: "DesignerEnrollment",
    Role.STUDENT: "StudentEnrollment",
    Role.OBSERVER: "ObserverEnrollment",
}


@dataclass(slots=True)
class ContextsApi:
    """Handlers for the contexts themselves."""

    settings: Settings
    identity: Identity
    contexts: Contexts

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/api/v1/courses" + SUFFIX, self.courses)
        app.router.add_get("/api/v1/{contexts:courses|groups|users}/{context_id:[^/]+?}" + SUFFIX, self.show)

    async def courses(self, request: web.Request) -> web.Response:
        """The courses in which the caller has an active role."""
        caller = await self.identity.logged_in(request)
        page = page_of(request.query.get("page"), request.query.get("per_page"))
        assert caller.user_id is not None
        found, total = await self.contexts.courses_of(caller.user_id, limit=page.size, offset=page.offset)
        roles = await self.contexts.roles(caller.user_id, [course["id"] for course in found])
        link = link_header(f"{base_url(request, self.settings)}/api/v1/courses", request.query.items(), page, total)
        listed = [course_json(course, caller, roles[course["id"]], sees_sis=False) for course in found]
        return json_answer(listed, headers={"Link": link})

    async def show(self, request: web.Request) -> web.Response:
        """One course, group or user. A user is shown to themself and to site admins."""
        caller = await self.identity.caller(request)
        context = await self.identity.context_of(request, caller)
        held = await self.identity.rights_in(caller, context)
        if not held.read:
            raise refused(caller)
        found = await self.contexts.get(context)
        if found is None:
            raise not_found()
        return json_answer(await self._json(context, caller, held, found))

    async def _json(self, context: Context, caller: Caller, held: Rights, found: dict[str, Any]) -> bodies.Body:
        if context.type is ContextType.USER:
            return user_json(found)
        if context.type is ContextType.GROUP:
            return group_json(found, sees_sis=held.read_as_admin)
        roles = await self.contexts.roles(caller.user_id, [context.id])
        return course_json(found, caller, roles[context.id], sees_sis=held.read_as_admin)


def course_json(course: dict[str, Any], caller: Caller, roles: list[Enrollment], *, sees_sis: bool) -> bodies.Course:
    """A REST Course; SIS ids only for who administers it."""
    name = course.get("name") or ""
    return bodies.Course(
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


def group_json(group: dict[str, Any], *, sees_sis: bool) -> bodies.Group:
    """A REST Group."""
    course_id = group["course_id"]
    return bodies.Group(
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
