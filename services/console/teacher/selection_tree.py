"""The content of a course as a tree to choose from: its areas, and in each its objects by group or folder."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aiohttp import web

from services.console.api_client import API
from services.console.teacher.export_types import areas_of
from services.console.teacher.kind_titles import kind_titles
from services.console.teacher.place import Place
from shared.contracts.bodies import SelectableArea, SelectableItem
from shared.domain.export import ExportType
from shared.domain.kinds import Kind
from shared.domain.language.texts import Texts


@dataclass(frozen=True, slots=True)
class Branch:
    """An area of the course. `types` are the export types that take it; `whole` means that it has no objects to choose."""

    name: str
    title: str
    box: str  # the name of the box that selects all of it
    count: int
    items: tuple[SelectableItem, ...]
    types: tuple[str, ...]

    @property
    def boxes(self) -> Iterator[str]:
        """The names of the boxes of its objects."""
        for item in self.items:
            yield item.property
            yield from (each.property for each in item.sub_items or ())


def branch_of(area: SelectableArea, items: Sequence[SelectableItem], title: str) -> Branch:
    """An area with its objects."""
    takes = tuple(each.value for each in ExportType if not areas_of(each) or area.type in areas_of(each))
    return Branch(area.type, title, area.property, area.count or 0, tuple(items), takes)


async def read_tree(request: web.Request, place: Place, texts: Texts) -> list[Branch]:
    """The areas of the course in the order of the API. Raises ApiRefused. Groups and people have none."""
    if not place.is_course:
        return []
    areas = (await request.app[API].get(request, f"{place.api}/content_list")).decoded(list[SelectableArea])
    items = await asyncio.gather(*(_items(request, place, area) for area in areas))
    titles = area_titles(texts)
    return [
        branch_of(area, objects, titles.get(area.type, area.title)) for area, objects in zip(areas, items, strict=True)
    ]


async def _items(request: web.Request, place: Place, area: SelectableArea) -> list[SelectableItem]:
    if not area.count:
        return []
    answer = await request.app[API].get(request, f"{place.api}/content_list", {"type": area.type})
    return answer.decoded(list[SelectableItem])


def area_titles(texts: Texts) -> dict[str, str]:
    """What people call each area, by the name that the API has for it."""
    _, kinds = texts.gettext, kind_titles(texts)
    return {
        **kinds,
        "course_settings": _("Course settings"),
        "syllabus_body": _("Syllabus"),
        "context_modules": kinds[Kind.MODULES],
        "assessment_question_banks": kinds[Kind.QUESTION_BANKS],
        "wiki_pages": kinds[Kind.PAGES],
        "context_external_tools": kinds[Kind.EXTERNAL_TOOLS],
        "attachments": kinds[Kind.FILES],
    }
