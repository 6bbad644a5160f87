"""Discussion topics and announcements, which are one type in Canvas."""

from __future__ import annotations

from typing import Any, ClassVar

from shared.domain.content.content_object import Content, ContentPart


class TopicAttachment(ContentPart):
    """A file attached to a topic: REST has the whole File, of which the id is used here.

    `href` is the path of a file that a package names and does not have, below the course files or in the package.
    """

    id: int | None = None
    display_name: str | None = None
    filename: str | None = None
    url: str | None = None
    href: str | None = None


class DiscussionTopic(Content):
    """REST DiscussionTopic. An announcement has `is_announcement`, and a Kind of its own.

    A graded topic has an `assignment_id`. `workflow_state` refines `published`; it is ignored if the two contradict
    each other.
    """

    title: str = ""
    message: str | None = None
    is_announcement: bool | None = None
    published: bool | None = None
    workflow_state: str | None = None
    posted_at: str | None = None
    delayed_post_at: str | None = None
    lock_at: str | None = None
    todo_date: str | None = None
    locked: bool | None = None
    pinned: bool | None = None
    module_locked: bool | None = None
    discussion_type: str | None = None  # threaded, not_threaded, side_comment
    require_initial_post: bool | None = None
    allow_rating: bool | None = None
    only_graders_can_rate: bool | None = None
    sort_by_rating: bool | None = None
    sort_order: str | None = None  # asc or desc
    sort_order_locked: bool | None = None
    expanded: bool | None = None
    expanded_locked: bool | None = None
    anonymous_state: str | None = None  # full_anonymity or partial_anonymity
    is_anonymous_author: bool | None = None
    reply_to_entry_required_count: int | None = None
    group_category_id: int | None = None
    group_category: str | None = None  # the name of the group set
    has_group_category: bool | None = None  # only if neither of the two is known
    assignment_id: int | None = None
    assignment: dict[str, Any] | None = None  # a copy in REST, which is ignored: the assignment is an object of its own
    attachments: list[TopicAttachment] | None = None
    external_feed_id: int | None = None

    HTML_FIELDS: ClassVar[tuple[str, ...]] = ("message",)
