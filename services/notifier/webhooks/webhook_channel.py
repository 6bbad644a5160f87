"""The channel of webhooks: whom an event goes to, and one try to deliver it. Source: Standard Webhooks 1.0.0."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import msgspec
from yarl import URL

from services.notifier.mail.subjects import DisabledWebhook
from services.notifier.viewers import EventSubject, ViewerDirectory, may_see
from services.notifier.webhooks.client import NoAnswer
from services.notifier.webhooks.retries import wait_after
from shared.adapters.postgres.notices.webhooks import concerned
from shared.adapters.postgres.pool import Connection
from shared.adapters.sealing import Unsealable
from shared.contracts.cloud_events import STRUCTURED, CloudEvent, data_of, encode_event, read_event
from shared.contracts.webhooks.bodies import TEST
from shared.domain.notices.deliveries import (
    ChannelName,
    DeliveryState,
    GiveUp,
    NewDelivery,
    NoticeDelivery,
    SendOutcome,
    Sent,
    TryAgain,
)
from shared.domain.notices.mail import WEBHOOK_DISABLED
from shared.domain.webhooks.signing import signatures
from shared.domain.webhooks.webhook import GAVE_UP, GONE, Webhook
from shared.runtime.http_spans import client_span, describe_answer
from shared.runtime.logs import get_logger
from shared.runtime.span_kinds import SpanKind
from shared.runtime.traces import traceparent

_AGENT = "content-exports-webhooks"
_SEALED_S = 300.0  # the wait for an operator to put the key of a secret back


class WebhookRows(Protocol):
    """Where webhooks are kept."""

    async def find(self, webhook_id: int) -> Webhook | None:
        """The webhook with this id, as it is now."""
        ...

    async def disable(self, webhook_id: int, reason: str, news: NewDelivery | None) -> bool:
        """Call it no more, and send the news of it; False where it was disabled or deleted before."""
        ...

    def secrets_of(self, webhook: Webhook) -> list[str]:
        """Those that sign now. Raises Unsealable."""
        ...


class Client(Protocol):
    """The way to receivers."""

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """The status of the answer. Raises NoAnswer."""
        ...


@dataclass(frozen=True, slots=True)
class WebhookChannel:
    """Sends events as they are on the broker: CloudEvents in structured mode, signed by the secrets of the webhook.

    `skip_notifications` is a field of what is sent. It keeps mail from people, and no event from a program.
    """

    webhooks: WebhookRows
    directory: ViewerDirectory
    client: Client
    retry_scale: float = 1.0
    mailing: bool = True  # whether mail is sent at all
    at_once: int = 256
    name: ChannelName = ChannelName.WEBHOOK

    async def deliveries_of(self, event: CloudEvent, db: Connection) -> Sequence[NewDelivery]:
        """One for each webhook that the event is for, as far as its owner may see the export now."""
        subject = data_of(event, EventSubject)
        webhooks = await concerned(db, subject.context, subject.user_id, event.type)
        # Asked together: the questions share round trips.
        allowed = await asyncio.gather(*(may_see(self.directory, webhook, subject) for webhook in webhooks))
        shown = [webhook for webhook, may in zip(webhooks, allowed, strict=True) if may]
        body = encode_event(event).decode() if shown else ""
        return [NewDelivery(event.id, event.type, self.name, str(webhook.id), body) for webhook in shown]

    async def send(self, delivery: NoticeDelivery) -> SendOutcome:
        """Post it once; 410, and the last try that fails, disable the webhook."""
        webhook = await self.webhooks.find(int(delivery.target))
        body = delivery.body.encode()
        event = read_event(body, STRUCTURED, {})
        if (reason := await self._unwanted(webhook, event)) is not None or webhook is None:
            return GiveUp(reason or "", state=DeliveryState.DROPPED)
        try:
            secrets = self.webhooks.secrets_of(webhook)
        except Unsealable as error:
            get_logger().error("webhook_secret_sealed", webhook_id=webhook.id, reason=str(error))
            return TryAgain(_SEALED_S, "No key of this system opens the secret of the webhook.", counts=False)
        answer, reason = await self._posted(webhook, event, body, secrets)
        return await self._outcome(delivery, webhook, answer, reason)

    async def _unwanted(self, webhook: Webhook | None, event: CloudEvent) -> str | None:
        """Why it is not sent any more; None where it is. The owner's right may have ended since the last try."""
        if webhook is None:
            return "The webhook was deleted."
        if webhook.disabled_at is not None:
            return "The webhook is disabled."
        if event.type != TEST and not await may_see(self.directory, webhook, data_of(event, EventSubject)):
            return "The owner of the webhook may not see the export."
        return None

    async def _posted(
        self, webhook: Webhook, event: CloudEvent, body: bytes, secrets: Sequence[str]
    ) -> tuple[int | None, str]:
        """(status of the answer, what it says); no status without an answer."""
        try:
            # Its host alone: the rest of a URL may be a secret.
            with client_span("POST", URL(webhook.url, encoded=True).origin(), event.traceparent):
                status = await self.client.post(webhook.url, body, _headers(event, body, secrets))
                describe_answer(status, SpanKind.CLIENT)
        except NoAnswer as error:
            return None, str(error)
        return status, f"The receiver answered {status}."

    async def _outcome(
        self, delivery: NoticeDelivery, webhook: Webhook, answer: int | None, reason: str
    ) -> SendOutcome:
        if answer is not None and 200 <= answer < 300:
            return Sent(answer)
        if answer == 410:
            await self._disable(webhook, GONE, None)
            return GiveUp(reason, answer)
        if delivery.event_type == TEST:
            return GiveUp(reason, answer)
        wait_s = wait_after(delivery.tries + 1, self.retry_scale)
        if wait_s is not None:
            return TryAgain(wait_s, reason, answer)
        await self._disable(webhook, GAVE_UP, _news(webhook, delivery.tries + 1, reason) if self.mailing else None)
        return GiveUp(reason, answer)

    async def _disable(self, webhook: Webhook, reason: str, news: NewDelivery | None) -> None:
        if await self.webhooks.disable(webhook.id, reason, news):
            get_logger().warning("webhook_disabled", webhook_id=webhook.id, user_id=webhook.user_id, reason=reason)


def _headers(event: CloudEvent, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    now = int(time.time())
    headers = {
        "Content-Type": STRUCTURED,
        "User-Agent": _AGENT,
        "webhook-id": event.id,
        "webhook-timestamp": str(now),
        "webhook-signature": signatures(secrets, event.id, now, body),
    }
    if (parent := traceparent() or event.traceparent) is not None:
        headers["traceparent"] = parent
        if event.tracestate is not None:
            headers["tracestate"] = event.tracestate
    return headers


def _news(webhook: Webhook, tries: int, reason: str) -> NewDelivery:
    """A mail to the owner: the webhook is not called any more. It is written once for each time it is disabled."""
    about = DisabledWebhook(id=webhook.id, url=webhook.url, reason=reason, tries=tries, disabled_at=datetime.now(UTC))
    body = msgspec.json.encode(about).decode()
    id_ = f"webhook-{webhook.id}-disabled-{uuid.uuid4()}"
    return NewDelivery(id_, WEBHOOK_DISABLED, ChannelName.MAIL, str(webhook.user_id), body)
