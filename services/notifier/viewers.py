"""Whether the owner of a webhook, or the reader of a mail, may see an export, as the lists of exports decide it, now."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Protocol

from msgspec import Struct

from shared.domain.export import Context, ContextType, ExportType
from shared.domain.rights import Caller, ContextFacts, in_list, may_administer, rights
from shared.domain.webhooks.webhook import Webhook, WebhookScope


class ViewerDirectory(Protocol):
    """Users, and what ties them to courses, groups and each other."""

    def caller(self, user_id: int) -> Awaitable[Caller | None]:
        """A user; None for one that was deleted."""
        ...

    def facts(self, context: Context, user_id: int | None) -> Awaitable[ContextFacts | None]:
        """What ties a user to a context; None for a context that does not exist any more."""
        ...


class EventSubject(Struct, frozen=True, kw_only=True):
    """The part of an event's data that says what it is about. Other fields are not read here."""

    context_type: ContextType
    context_id: int
    export_type: ExportType
    user_id: int | None = None  # who requested the export

    @property
    def context(self) -> Context:
        """The course, group or user that the export belongs to."""
        return Context(self.context_type, self.context_id)


async def may_see(directory: ViewerDirectory, webhook: Webhook, subject: EventSubject) -> bool:
    """Whether the list of the context's exports, or that of the account, shows the export to the owner."""
    if webhook.scope is WebhookScope.ACCOUNT:
        owner = await directory.caller(webhook.user_id)
        return owner is not None and may_administer(owner)
    return await is_listed(directory, webhook.user_id, subject)


async def is_listed(directory: ViewerDirectory, user_id: int, subject: EventSubject) -> bool:
    """Whether the list of the context's exports shows the export to a user."""
    # Asked together: the questions share the time of a round trip.
    caller, facts = await asyncio.gather(directory.caller(user_id), directory.facts(subject.context, user_id))
    if caller is None or facts is None:
        return False
    granted = rights(caller, facts)
    return granted.read and in_list(caller, granted, subject.context, subject.user_id, subject.export_type)
