"""Modules and their items: the order in which a course is read."""

from __future__ import annotations

from typing import Any

import msgspec

from shared.domain.content.content_object import Content, Number, Part
from shared.domain.kinds import Kind

# What a module item shows, by its REST `type`; the other types (SubHeader, ExternalUrl) show nothing of the course.
CONTENT_KINDS = {
    "Assignment": Kind.ASSIGNMENTS,
    "Quiz": Kind.QUIZZES,
    "Discussion": Kind.DISCUSSION_TOPICS,
    "Page": Kind.PAGES,
    "File": Kind.FILES,
    "ExternalTool": Kind.EXTERNAL_TOOLS,
}


class CompletionRequirement(Part):
    """What a student must do with an item: must_view, must_submit, must_contribute, min_score, must_mark_done, ..."""

    type: str
    min_score: Number | None = None
    min_percentage: Number | None = None
    completed: bool | None = None


class Module(Content):
    """A module, in the shape of REST Module. `workflow_state` counts where `published` does not tell."""

    name: str = ""
    published: bool | None = None
    workflow_state: str | None = None
    unlock_at: str | None = None
    start_at: str | None = None  # only in old cartridges
    end_at: str | None = None  # only in old cartridges
    require_sequential_progress: bool | None = None
    requirement_type: str | None = None  # all or one
    requirement_count: int | None = None  # 1 where one requirement is enough
    publish_final_grade: bool | None = None
    locked: bool | None = None
    prerequisite_module_ids: list[int] = msgspec.field(default_factory=list)
    # id as text -> what the package called a prerequisite, for a module that the course does not hold
    prerequisite_titles: dict[str, str] = msgspec.field(default_factory=dict)


class ModuleItem(Content):
    """An item of a module, in the shape of REST ModuleItem.

    `content_id` is the id of what it shows; for a page REST gives `page_url` instead, and either will do here.
    A `type` that REST does not have is what a cartridge called it.
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
    global_identifierref: str | None = None  # number of a tool that is not of this course
    lti_resource_link_lookup_uuid: str | None = None
    link_settings: dict[str, Any] | None = None  # the size at which a tool opens

    @property
    def content_kind(self) -> Kind | None:
        """The kind of the object that the item shows; None for headers, web addresses and unknown types."""
        return CONTENT_KINDS.get(self.type)
