"""The modules: the order in which the course is read, each item a link to where it stands in the page."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from html import escape

from shared.domain.content.modules import Module, ModuleItem
from shared.domain.kinds import Kind
from shared.formats.cartridge.exported_modules import exported
from shared.formats.offline.markup import path_link, title
from shared.formats.offline.offline_course import OfflineCourse

_DEEPEST = 5


def written(course: OfflineCourse) -> Iterator[str]:
    """An article for each module."""
    for module, items in exported(course.packing):
        yield course.article(Kind.MODULES, module, partial(_module, course, module, items))


def _module(course: OfflineCourse, module: Module, items: list[ModuleItem]) -> Iterator[str]:
    yield course.heading(module, course.unpublished(module.published))
    yield course.facts((course.texts.gettext("Opens"), course.moment(module.unlock_at)))
    lines = [_item(course, item) for item in items]
    yield f'<ul class="items">\n{"".join(lines)}</ul>\n' if lines else ""


def _item(course: OfflineCourse, item: ModuleItem) -> str:
    note = course.unpublished(item.published)
    shown = f' <span class="tag">{note}</span>' if note else ""
    depth = min(max(item.indent or 0, 0), _DEEPEST)
    return f'<li class="in{depth}"{course.language}>{_target(course, item)}{shown}</li>\n'


def _target(course: OfflineCourse, item: ModuleItem) -> str:
    if item.type == "SubHeader":
        return f"<strong>{title(item.label)}</strong>"
    kind, object_id = item.content_kind, item.content_id
    if kind is Kind.FILES and object_id is not None:
        path = course.links.file(object_id)
        return title(item.label) if path is None else path_link(path, item.label)
    address = course.links.place_of(kind, object_id) if kind is not None and object_id is not None else None
    if address is None and item.external_url:
        address = course.links.link(item.external_url)
    if address is None:
        return title(item.label)
    return f'<a href="{escape(address)}" rel="noreferrer">{title(item.label)}</a>'
