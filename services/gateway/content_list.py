"""What can be put in the `select` of a course: its areas, and the objects of one of them (Canvas: content_list)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from aiohttp import web
from msgspec import UNSET

from shared.contracts.bodies import LinkedResource, SelectableArea, SelectableItem
from shared.domain.export import Context
from shared.domain.kinds import Kind, asset_name, table_name
from shared.http.answers import invalid, json_answer
from shared.http.identity import Identity
from shared.http.urls import SUFFIX, base_url
from shared.runtime.settings import Settings

# In the order in which Canvas offers them.
_AREAS: tuple[tuple[Kind | str, str], ...] = (
    ("course_settings", "Course Settings"),
    ("syllabus_body", "Syllabus Body"),
    (Kind.COURSE_PACES, "Course Pacing"),
    (Kind.MODULES, "Modules"),
    (Kind.ASSIGNMENTS, "Assignments"),
    (Kind.QUIZZES, "Quizzes"),
    (Kind.QUESTION_BANKS, "Question Banks"),
    (Kind.DISCUSSION_TOPICS, "Discussion Topics"),
    (Kind.PAGES, "Pages"),
    (Kind.EXTERNAL_TOOLS, "External Tools"),
    (Kind.TOOL_PROFILES, "Tool Profiles"),
    (Kind.ANNOUNCEMENTS, "Announcements"),
    (Kind.CALENDAR_EVENTS, "Calendar Events"),
    (Kind.RUBRICS, "Rubrics"),
    (Kind.LEARNING_OUTCOMES, "Learning Outcomes"),
    (Kind.FILES, "Files"),
)
# Whole or not at all: without a count and without a list of their own.
_WHOLE = frozenset({Kind.COURSE_PACES})
_LISTED = {table_name(kind): kind for kind, _ in _AREAS if isinstance(kind, Kind) and kind not in _WHOLE}


class CourseContents(Protocol):
    """What courses hold, by kind."""

    async def counts(self, course_id: int) -> dict[Kind, int]:
        """How many objects of each kind a course has; kinds without any are absent."""

    async def has_syllabus(self, course_id: int) -> bool:
        """Whether the course has one."""

    async def titles(self, course_id: int, kind: Kind) -> list[tuple[int, str, int | None]]:
        """(id, title, id of its assignment) of every object of a kind, in course order."""


@dataclass(frozen=True, slots=True)
class ContentListApi:
    """Handler of content_list."""

    settings: Settings
    identity: Identity
    contents: CourseContents

    def add_to(self, app: web.Application) -> None:
        """Add the route."""
        app.router.add_get("/api/v1/{contexts:courses}/{context_id}/content_list" + SUFFIX, self.content_list)

    async def content_list(self, request: web.Request) -> web.Response:
        """The areas of the course, or with `type` the objects of one; for who reads the course as an admin."""
        visit = await self.identity.enter(request, login=True)
        visit.require(visit.rights.read_as_admin)
        area = request.query.get("type")
        if area is None:
            return json_answer(await self._areas(request, visit.context))
        if area not in _LISTED:
            raise invalid("unsupported migration type")
        return json_answer(await self._objects(visit.context, _LISTED[area]))

    async def _areas(self, request: web.Request, context: Context) -> list[SelectableArea]:
        counts = await self.contents.counts(context.id)
        url = f"{base_url(request, self.settings)}/api/v1/courses/{context.id}/content_list"
        areas = []
        for area, title in _AREAS:
            if isinstance(area, Kind) and area not in _WHOLE:
                if counts.get(area):
                    link = f"{url}?type={table_name(area)}"
                    areas.append(_area(table_name(area), title, count=counts[area], sub_items_url=link))
            elif await self._has(area, context, counts):
                areas.append(_area(str(area), title))
        return areas

    async def _has(self, area: Kind | str, context: Context, counts: dict[Kind, int]) -> bool:
        if isinstance(area, Kind):
            return counts.get(area, 0) > 0
        return area == "course_settings" or await self.contents.has_syllabus(context.id)

    async def _objects(self, context: Context, kind: Kind) -> list[SelectableItem]:
        name = table_name(kind)
        objects = []
        for object_id, title, assignment_id in await self.contents.titles(context.id, kind):
            asset = f"{asset_name(kind)}_{object_id}"
            linked = UNSET if assignment_id is None else _assignment(assignment_id)
            chosen = f"select[{name}][{asset}]"
            objects.append(SelectableItem(type=name, property=chosen, title=title, id=asset, linked_resource=linked))
        return objects


def _area(name: str, title: str, **more: Any) -> SelectableArea:
    return SelectableArea(type=name, property=f"select[all_{name}]", title=title, **more)


def _assignment(assignment_id: int) -> LinkedResource:
    return LinkedResource(type=table_name(Kind.ASSIGNMENTS), id=f"{asset_name(Kind.ASSIGNMENTS)}_{assignment_id}")
