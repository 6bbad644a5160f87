"""Modules and their items: the order in which a course is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from shared.domain.content.content_object import Content, ContentPart, Number
from shared.domain.kinds import Kind

# The kind of object behind a module item, by its REST `type`; other types (SubHeader, ExternalUrl) have no object.
CONTENT_KINDS = {
    "Assignment": Kind.ASSIGNMENTS,
    "Quiz": Kind.QUIZZES,
    "Discussion": Kind.DISCUSSION_TOPICS,
    "Page": Kind.PAGES,
    "File": Kind.FILES,
    "ExternalTool": Kind.EXTERNAL_TOOLS,
}


class CompletionRequirement(ContentPart):
    """The condition under which an item counts as done: must_view, must_submit, must_contribute, min_score, ..."""

    type: str
    min_score: Number | None = None
    min_percentage: Number | None = None
    completed: bool | None = None


class Module(Content):
    """A module, in the shape of REST Module. `workflow_state` decides if `published` is None."""

    name: str = ""
    published: bool | None = None
    workflow_state: str | None = None
    unlock_at: str | None = None
    start_at: str | None = None  # only in old cartridges
    end_at: str | None = None  # only in old cartridges
    require_sequential_progress: bool | None = None
    requirement_type: str | None = None  # all or one
    requirement_count: int | None = None  # 1 if one requirement is enough
    publish_final_grade: bool | None = None
    locked: bool | None = None
    prerequisite_module_ids: list[int] = msgspec.field(default_factory=list)
    # id as text -> title in the package of a prerequisite that is not a module of the course
    prerequisite_titles: dict[str, str] = msgspec.field(default_factory=dict)


class ModuleItem(Content):
    """An item of a module, in the shape of REST ModuleItem.

    `content_id` is the id of its object; for a page REST has `page_url` instead, and either is accepted here.
    A `type` that REST does not have is the content type in a cartridge.
    """

    module_id: int | None = None
    title: str = ""
    type: str = "SubHeader"
    content_id: int | None = None
    page_url: str | None = None
    external_url: str | None = None  # of an ExternalUrl or ExternalTool
    new_tab: bool | None = None
    indent: int | None = None
    published: bool | None = None
    workflow_state: str | None = None
    completion_requirement: CompletionRequirement | None = None
    global_identifierref: str | None = None  # id of a tool of the account
    lti_resource_link_lookup_uuid: str | None = None
    link_settings: dict[str, Any] | None = None  # width and height of a tool's frame
    # 1 for the first: its place in the organization of its package of origin, if the items had another order there.
    organization_place: int | None = None

    @property
    def content_kind(self) -> Kind | None:
        """The kind of the object behind the item; None for headers, external URLs and unknown types."""
        return CONTENT_KINDS.get(self.type)

    @property
    def needs_page(self) -> bool:
        """Whether the item names its page by the url alone, as REST does."""
        return self.type == "Page" and self.content_id is None and self.page_url is not None

    def with_page(self, pages: Mapping[str, int]) -> ModuleItem:
        """The item with the id of its page; `pages` has the ids by url."""
        return msgspec.structs.replace(self, content_id=pages.get(self.page_url or "")) if self.needs_page else self
