"""Wiki pages, in HTML or as blocks of the block editor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import msgspec

from shared.domain.content.content_object import Content, ContentPart, RewriteHtml
from shared.domain.slugs import slug


class BlockEditor(ContentPart):
    """A page of the block editor: the editor's version, and blocks in its own form."""

    blocks: Any = None
    version: str | None = None


class Page(Content):
    """REST Page. `url` is its slug; pages that are no longer blank have a `body` or `block_editor_attributes`.

    `assignment_id` is the assignment of a page on a mastery path, whose overrides and visibility are repeated here.
    """

    url: str = ""
    title: str = ""
    body: str | None = None
    published: bool | None = None
    front_page: bool | None = None
    editing_roles: str | None = None  # teachers, teachers,students, ...
    notify_of_update: bool | None = None
    hide_from_students: bool | None = None  # the opposite of `published` in old packages
    module_locked: bool | None = None
    todo_date: str | None = None
    publish_at: str | None = None
    unlock_at: str | None = None
    lock_at: str | None = None
    assignment_id: int | None = None
    only_visible_to_overrides: bool | None = None
    assignment_overrides: list[dict[str, Any]] | None = None
    block_editor_attributes: BlockEditor | None = None

    HTML_FIELDS: ClassVar[tuple[str, ...]] = ("body",)

    def map_html(self, rewrite: RewriteHtml) -> Self:
        """Rewrite the body and every text inside the blocks, since any of them may hold HTML."""
        page = super().map_html(rewrite)
        editor = page.block_editor_attributes
        if editor is None or editor.blocks is None:
            return page
        blocks = _map_texts(editor.blocks, rewrite, "block_editor_attributes")
        return msgspec.structs.replace(page, block_editor_attributes=BlockEditor(blocks=blocks, version=editor.version))

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read a REST Page, with its id in `page_id`; without a `url` it gets the slug of its title."""
        page = super().from_json(data if "id" in data else {**data, "id": data.get("page_id")})
        page.url = page.url or slug(page.title) or str(page.id)
        return page


def _map_texts(value: Any, rewrite: RewriteHtml, place: str) -> Any:
    """A copy of a JSON value in which every text but keys has passed through `rewrite`."""
    if isinstance(value, str):
        return rewrite(value, place)
    if isinstance(value, list):
        return [_map_texts(part, rewrite, f"{place}[{number}]") for number, part in enumerate(value)]
    if isinstance(value, dict):
        return {key: _map_texts(part, rewrite, f"{place}.{key}") for key, part in value.items()}
    return value
