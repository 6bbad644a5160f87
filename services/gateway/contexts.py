"""Groups and users in their basic fields: what clients request before they create an export."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from aiohttp import web
from msgspec import UNSET

from services.gateway.paging import link_header, numbered_pages, page_of
from shared.contracts import bodies
from shared.contracts.api import moment
from shared.domain.export import Context, ContextType
from shared.http.answers import json_answer, not_found
from shared.http.identity import Identity, Visit
from shared.http.urls import SUFFIX, base_url
from shared.runtime.settings import Settings

_MY_GROUPS = "/api/v1/users/self/groups"


class ContextDescriptions(Protocol):
    """Groups and users as stored."""

    async def get(self, context: Context) -> dict[str, Any] | None:
        """The REST object of a context; None for an unknown one."""

    async def groups_of(self, user_id: int, *, limit: int, offset: int) -> tuple[list[dict[str, Any]], int]:
        """One page of the groups of a user, and how many there are on all pages."""


@dataclass(frozen=True, slots=True)
class ContextsApi:
    """Handlers for groups and users."""

    settings: Settings
    identity: Identity
    contexts: ContextDescriptions

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get(_MY_GROUPS + SUFFIX, self.of_caller)
        app.router.add_get("/api/v1/{contexts:groups|users}/{context_id:[^/]+?}" + SUFFIX, self.show)
        app.router.add_get("/api/v1/{contexts:users}/{context_id:[^/]+?}/profile" + SUFFIX, self.profile)

    async def of_caller(self, request: web.Request) -> web.Response:
        """The groups of which the caller is a member."""
        caller = await self.identity.logged_in(request)
        page = page_of(request.query.get("page"), request.query.get("per_page"))
        assert caller.user_id is not None
        groups, total = await self.contexts.groups_of(caller.user_id, limit=page.size, offset=page.offset)
        url = f"{base_url(request, self.settings)}{_MY_GROUPS}"
        link = link_header(url, request.query.items(), numbered_pages(page, total), page.size)
        return json_answer([group_json(each, sees_sis=False) for each in groups], headers={"Link": link})

    async def show(self, request: web.Request) -> web.Response:
        """One group or user. A user is shown to themself and to site admins."""
        visit, stored = await self._read(request)
        if visit.context.type is ContextType.USER:
            return json_answer(user_json(stored))
        return json_answer(group_json(stored, sees_sis=visit.rights.read_as_admin))

    async def profile(self, request: web.Request) -> web.Response:
        """The profile of a user, for themself and for site admins."""
        _, stored = await self._read(request)
        return json_answer(profile_json(stored))

    async def _read(self, request: web.Request) -> tuple[Visit, dict[str, Any]]:
        visit = await self.identity.enter(request)
        visit.require(visit.rights.read)
        stored = await self.contexts.get(visit.context)
        if stored is None:
            raise not_found()
        return visit, stored


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


def profile_json(user: dict[str, Any]) -> bodies.Profile:
    """A REST Profile."""
    shown = user_json(user)
    return bodies.Profile(
        id=shown.id,
        name=shown.name,
        short_name=shown.short_name,
        sortable_name=shown.sortable_name,
        title=user.get("title"),
        bio=user.get("bio"),
        primary_email=shown.email,
        login_id=shown.login_id,
        sis_user_id=shown.sis_user_id,
        integration_id=shown.integration_id,
        lti_user_id=user.get("lti_user_id"),
        avatar_url=user.get("avatar_url"),
        time_zone=shown.time_zone,
        locale=shown.locale,
    )
