"""The request that registers a webhook."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from shared.contracts.admin.administration import AdminRequest
from shared.contracts.export_events import EventType
from shared.domain.webhooks.url import LONGEST_URL

# A webhook is called for what happens, and not for how far an export is.
OFFERED = tuple(each for each in EventType if each is not EventType.PROGRESS)
DEFAULT_TYPES = (EventType.EXPORTED, EventType.FAILED, EventType.CANCELLED)


class NewWebhookRequest(AdminRequest, frozen=True, kw_only=True):
    """A webhook of the caller: where it is, and which events of which exports are sent to it.

    `context` is a path: `courses/42`, `groups/sis_group_id:G1`, `users/self`; `accounts/self`, for site admins, is every
    export. Without it, the events are those of the exports that the caller requests.
    """

    url: Annotated[str, Meta(min_length=1, max_length=LONGEST_URL, description="https://...")]
    context: Annotated[str, Meta(min_length=1, max_length=1024)] | None = None
    types: Annotated[tuple[EventType, ...], Meta(min_length=1, max_length=100)] = DEFAULT_TYPES

    def __post_init__(self) -> None:
        """Raise ValueError for a type that is not offered."""
        super().__post_init__()
        if EventType.PROGRESS in self.types:
            raise ValueError(f"types must be of {', '.join(OFFERED)}")
