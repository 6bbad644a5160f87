"""What a webhook is about, for a caller who may see that: from the request to what is stored."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Protocol

from shared.contracts.webhooks.requests import NewWebhookRequest
from shared.domain.export import Context
from shared.domain.rights import Caller, Rights, may_administer
from shared.domain.webhooks.addresses import Network
from shared.domain.webhooks.url import url_fault
from shared.domain.webhooks.webhook import NewWebhook, Webhook, WebhookScope
from shared.http.answers import forbidden, unprocessable

_ACCOUNT = "accounts/self"


class Places(Protocol):
    """Courses, groups and users, and what a caller may do there."""

    def context_at(self, caller: Caller, path: str) -> Awaitable[Context]:
        """The context of a path. Raises 422 for text of no form, 404 for an unknown one."""

    def rights_in(self, caller: Caller, context: Context) -> Awaitable[Rights]:
        """What the caller may do there. Raises 404 for an unknown context."""


@dataclass(frozen=True, slots=True)
class Registration:
    """The rules of a deployment: whether http is allowed beside https, and which networks beside the public one."""

    places: Places
    http: bool
    allowed: tuple[Network, ...]

    async def read(self, request: NewWebhookRequest, caller: Caller, user_id: int) -> NewWebhook:
        """The webhook that a request registers for its caller, who is this user.

        Raises 422 for a URL or a context of no valid form, 404 for an unknown context, 403 for one whose exports the
        caller may not list.
        """
        if fault := url_fault(request.url, http=self.http, allowed=self.allowed):
            raise unprocessable("url", f"{fault}.")
        scope, context = await self._subject(request.context, caller)
        types = tuple(dict.fromkeys(each.value for each in request.types))
        return NewWebhook(user_id, request.url, scope, context, types)

    async def _subject(self, name: str | None, caller: Caller) -> tuple[WebhookScope, Context | None]:
        if name is None:
            return WebhookScope.OWN, None
        if name.strip("/") == _ACCOUNT:
            if not may_administer(caller):
                raise forbidden()
            return WebhookScope.ACCOUNT, None
        context = await self.places.context_at(caller, name)
        if not (await self.places.rights_in(caller, context)).read:
            raise forbidden()
        return WebhookScope.CONTEXT, context


def path_of(webhook: Webhook) -> str | None:
    """The `context` of a webhook in answers, as a request names it."""
    if webhook.context is not None:
        return webhook.context.path
    return _ACCOUNT if webhook.scope is WebhookScope.ACCOUNT else None
