"""What can be put in the `select` of a course: its areas, and the objects of one of them (Canvas: content_list)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from aiohttp import web
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from shared.adapters.postgres.contexts import Titled
from shared.contracts.bodies import LinkedResource, SelectableArea, SelectableItem
from shared.domain.export import Context
from shared.domain.kinds import GRADED, Kind, asset_name, table_name
from shared.http.answers import invalid, json_answer
from shared.http.identity import Identity
from shared.http.urls import SUFFIX, base_url
from shared.runtime.settings import Settings

# In the order in which Canvas offers them.
_AREAS: tuple[tuple[Kind | str, str], ...] = (
    ("course_settings", "Course Settings"),
    ("syllabus_body", "Syllabus Body"),
    (Kind.COURSE_PACES, "Course Pace"),
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
_UNLISTED = frozenset({Kind.LEARNING_OUTCOMES})  # Canvas offers no address for their list, and lists them all the same
_GROUPS = "groups"  # student groups, which Canvas lists and exports with nothing
_SUBMODULES = "submodules_"  # of a module in a package that is being imported; those of a course have none
_HOLDERS = {Kind.ASSIGNMENTS: Kind.ASSIGNMENT_GROUPS, Kind.FILES: Kind.FOLDERS}
# What an assignment may stand for, and Canvas's word for it; of several, the last one counts.
_BEHIND_ASSIGNMENTS = (Kind.PAGES, Kind.DISCUSSION_TOPICS, Kind.QUIZZES)
_WORDS = {
    Kind.PAGES: "Wiki Page",
    Kind.DISCUSSION_TOPICS: "Discussion Topic",
    Kind.QUIZZES: "Quiz",
    Kind.ASSIGNMENTS: "Assignment",
}
_LISTED = {table_name(kind): kind for kind, _ in _AREAS if isinstance(kind, Kind) and kind not in _WHOLE}


class CourseContents(Protocol):
    """What courses hold, by kind."""

    async def counts(self, course_id: int) -> dict[Kind, int]:
        """How many objects of each kind a course has; kinds without any are absent."""

    async def titles(self, course_id: int, kind: Kind) -> list[Titled]:
        """Every object of a kind, in course order."""

    async def group_titles(self, course_id: int) -> list[Titled]:
        """The student groups of a course."""


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
        return json_answer(await self._list(visit.context, area))

    async def _list(self, context: Context, area: str) -> list[SelectableItem]:
        if area.startswith(_SUBMODULES):
            return []
        if area == _GROUPS:
            return [_item(_GROUPS, "group", row) for row in await self.contents.group_titles(context.id)]
        if area not in _LISTED:
            raise invalid("unsupported migration type")
        return await self._objects(context, _LISTED[area])

    async def _areas(self, request: web.Request, context: Context) -> list[SelectableArea]:
        counts = await self.contents.counts(context.id)
        url = f"{base_url(request, self.settings)}/api/v1/courses/{context.id}/content_list"
        return [
            _area_of(area, title, counts.get(area, 0) if isinstance(area, Kind) else 0, url)
            for area, title in _AREAS
            if not isinstance(area, Kind) or counts.get(area)
        ]

    async def _objects(self, context: Context, kind: Kind) -> list[SelectableItem]:
        """The objects of a kind; assignments in their groups, files in their folders."""
        rows = await self.contents.titles(context.id, kind)
        links = await self._links(context, kind, rows)
        items = [(row.parent_id, _item_of(kind, row, links.get(row.id, UNSET))) for row in rows]
        if kind not in _HOLDERS:
            return [item for _, item in items]
        holder = _HOLDERS[kind]
        return _held(holder, await self.contents.titles(context.id, holder), items)

    async def _links(self, context: Context, kind: Kind, rows: Sequence[Titled]) -> dict[int, LinkedResource]:
        """By the ids of objects of this kind: the assignment of each, or the object that an assignment grades."""
        if kind is Kind.ASSIGNMENTS:
            behind = [(other, await self.contents.titles(context.id, other)) for other in _BEHIND_ASSIGNMENTS]
            return {
                row.assignment_id: _link(other, row) for other, titled in behind for row in titled if row.assignment_id
            }
        if kind not in GRADED:
            return {}
        assignments = {row.id: row for row in await self.contents.titles(context.id, Kind.ASSIGNMENTS)}
        linked = ((row, assignments.get(row.assignment_id or 0)) for row in rows)
        return {row.id: _link(Kind.ASSIGNMENTS, assignment) for row, assignment in linked if assignment}


def _held(
    holder: Kind, rows: Sequence[Titled], items: Sequence[tuple[int | None, SelectableItem]]
) -> list[SelectableItem]:
    """Groups or folders with their objects, then the objects outside of any. Canvas sorts folders, and leaves out empty ones."""
    # Objects of a group or folder that no longer exists are kept, below all others.
    inside: dict[int | None, list[SelectableItem]] = {}
    for holder_id, item in items:
        inside.setdefault(holder_id, []).append(item)
    if holder is Kind.FOLDERS:
        rows = sorted((row for row in rows if row.id in inside), key=lambda row: row.title)
    holders = [replace(_item_of(holder, row), sub_items=inside.pop(row.id, UNSET)) for row in rows]
    return [*holders, *(item for orphans in inside.values() for item in orphans)]


def _area_of(area: Kind | str, title: str, count: int, url: str) -> SelectableArea:
    """A part of the course that is selected as a whole, or one with `count` objects that `url` lists."""
    if not isinstance(area, Kind):
        return _area(area, title)
    if area in _WHOLE:
        return _area(table_name(area), title)
    link = UNSET if area in _UNLISTED else f"{url}?type={table_name(area)}"
    return _area(table_name(area), title, count=count, sub_items_url=link)


def _area(name: str, title: str, **more: Any) -> SelectableArea:
    return SelectableArea(type=name, property=f"select[all_{name}]", title=title, **more)


def _item_of(kind: Kind, row: Titled, linked: LinkedResource | UnsetType = UNSET) -> SelectableItem:
    return _item(table_name(kind), asset_name(kind), row, linked)


def _item(name: str, asset_type: str, row: Titled, linked: LinkedResource | UnsetType = UNSET) -> SelectableItem:
    asset = f"{asset_type}_{row.id}"
    chosen = f"select[{name}][{asset}]"
    return SelectableItem(type=name, property=chosen, title=row.title, id=asset, linked_resource=linked)


def _link(kind: Kind, row: Titled) -> LinkedResource:
    message = f"linked with {_WORDS[kind]} '{row.title}'"
    return LinkedResource(type=table_name(kind), id=f"{asset_name(kind)}_{row.id}", message=message)
