"""External feeds, links in the navigation of a course, and the availability of tools in it."""

from __future__ import annotations

from typing import ClassVar

from shared.domain.content.content_object import Content


class ExternalFeed(Content):
    """REST ExternalFeed: a feed whose entries become announcements."""

    display_name: str | None = None
    url: str | None = None
    verbosity: str | None = None  # full, truncate, link_only
    header_match: str | None = None
    feed_type: str | None = None  # only in old packages
    purpose: str | None = None  # only in old packages


class NavMenuLink(Content):
    """A link in the navigation of a course."""

    label: str = ""
    url: str | None = None

    HTML_FIELDS: ClassVar[tuple[str, ...]] = ("url",)


class LtiContextControl(Content):
    """REST LTI ContextControl: whether a tool is available in the course.

    `deployment_id` is an external tool of this course; `preferred_deployment_id` one of its account.
    """

    available: bool | None = None
    deployment_url: str | None = None
    deployment_id: int | None = None
    preferred_deployment_id: int | None = None
