"""A webhook: who registered it, for what, and whether it is still called."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.domain.export import Context

MOST_OF_A_USER = 20  # webhooks: all of them, if they are slow, leave the notifier room for others
PREVIOUS_SECRET_S = 86_400.0  # how long the secret before a rotation signs too

GONE = "The receiver answered 410 Gone."
GAVE_UP = "The last of all tries of a delivery failed."


class WebhookScope(StrEnum):
    """The exports that a webhook is about."""

    OWN = "own"  # those that its owner requested
    CONTEXT = "context"  # those of a course, group or user that the list of its exports shows the owner
    ACCOUNT = "account"  # all; for site admins


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """A webhook to register. It has a context where that is its scope."""

    user_id: int
    url: str
    scope: WebhookScope
    context: Context | None
    types: tuple[str, ...]  # of events


@dataclass(frozen=True, slots=True)
class Webhook:
    """A registered webhook. Its secrets are sealed: they are read with the keys of the settings alone."""

    id: int
    user_id: int
    url: str
    scope: WebhookScope
    context: Context | None
    types: tuple[str, ...]
    sealed_secrets: tuple[str, ...]  # that sign now, the newest first
    created_at: datetime
    disabled_at: datetime | None = None
    disabled_reason: str | None = None
