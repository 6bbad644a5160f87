"""What a webhook is sent, and what follows each answer: retries, a disabled webhook, the news of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import msgspec
import pytest
from standardwebhooks.webhooks import Webhook as Receiver

from services.notifier.mail.subjects import DisabledWebhook
from services.notifier.viewers import EventSubject, may_see
from services.notifier.webhooks.client import NoAnswer
from services.notifier.webhooks.retries import RETRIES_S, wait_after
from services.notifier.webhooks.webhook_channel import WebhookChannel
from shared.adapters.sealing import Unsealable
from shared.contracts.cloud_events import cloud_event, encode_event
from shared.contracts.webhooks.bodies import TEST
from shared.domain.export import Context, ContextType, ExportType
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
from shared.domain.webhooks.signing import new_secret
from shared.domain.webhooks.webhook import GAVE_UP, GONE, Webhook, WebhookScope
from tests.support.fake_gateway import FakeDirectory

NOW = datetime(2027, 1, 31, tzinfo=UTC)
COURSE = Context(ContextType.COURSE, 10)
TEACHER, STUDENT, STRANGER, ADMIN = 1, 2, 3, 4
SECRET = new_secret()
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
HOOK = Webhook(5, TEACHER, "https://receiver.example.edu/", WebhookScope.CONTEXT, COURSE, (), ("sealed",), NOW)
SUBJECT = EventSubject(
    context_type=COURSE.type, context_id=COURSE.id, export_type=ExportType.COMMON_CARTRIDGE, user_id=STUDENT
)
BODY = encode_event(
    cloud_event(
        "content_export.exported.v1", SUBJECT, event_id="17", traceparent=TRACE, tracestate="sis=a1", sequence="3"
    )
).decode()
DELIVERY = NoticeDelivery(1, "17", "content_export.exported.v1", ChannelName.WEBHOOK, "5", BODY, 1, NOW)


@dataclass
class Rows:
    """One webhook, and what was done to it."""

    webhook: Webhook | None = HOOK
    disabled: list[tuple[int, str, NewDelivery | None]] = field(default_factory=list)
    sealed: bool = False

    async def find(self, webhook_id: int) -> Webhook | None:
        return self.webhook

    async def disable(self, webhook_id: int, reason: str, news: NewDelivery | None) -> bool:
        self.disabled.append((webhook_id, reason, news))
        return True

    def secrets_of(self, webhook: Webhook) -> list[str]:
        if self.sealed:
            raise Unsealable("no key opens it")
        return [SECRET]


@dataclass
class Answering:
    """A receiver that always answers the same."""

    answer: int | NoAnswer = 200
    sent: list[tuple[str, bytes, Mapping[str, str]]] = field(default_factory=list)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        self.sent.append((url, body, headers))
        if isinstance(self.answer, NoAnswer):
            raise self.answer
        return self.answer


def directory() -> FakeDirectory:
    known = FakeDirectory()
    for user in (TEACHER, STUDENT, STRANGER):
        known.add_user(user)
    known.add_user(ADMIN, site_admin=True)
    known.add_context(COURSE)
    known.tie(TEACHER, COURSE, "teacher")
    known.tie(STUDENT, COURSE, "student")
    return known


async def outcome(
    answer: int | NoAnswer = 200,
    delivery: NoticeDelivery = DELIVERY,
    rows: Rows | None = None,
    receiver: Answering | None = None,
) -> SendOutcome:
    return await WebhookChannel(rows or Rows(), directory(), receiver or Answering(answer)).send(delivery)


async def test_an_event_is_sent_as_it_is_under_its_id_and_a_receiver_of_the_specification_accepts_it() -> None:
    receiver = Answering()
    assert await outcome(receiver=receiver) == Sent(200)
    ((url, body, headers),) = receiver.sent
    assert (url, body.decode()) == (HOOK.url, BODY)
    assert headers["Content-Type"] == "application/cloudevents+json"
    assert (headers["webhook-id"], headers["traceparent"], headers["tracestate"]) == ("17", TRACE, "sis=a1")
    assert Receiver(SECRET).verify(body, dict(headers))["sequence"] == "3"


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
async def test_two_hundred_and_the_like_is_delivered(status: int) -> None:
    assert await outcome(status) == Sent(status)


@pytest.mark.parametrize(
    "answer", [301, 302, 400, 401, 404, 429, 500, 503, NoAnswer("The name of the host was not found.")]
)
async def test_any_other_answer_and_none_is_a_retry_after_five_seconds_at_first(answer: int | NoAnswer) -> None:
    found = await outcome(answer)
    assert isinstance(found, TryAgain)
    assert 5 <= found.wait_s <= 5.5
    assert found.answer == (None if isinstance(answer, NoAnswer) else answer)
    assert found.reason == (str(answer) if isinstance(answer, NoAnswer) else f"The receiver answered {answer}.")


def test_the_waits_are_those_of_the_specification_each_with_some_jitter() -> None:
    hours = [round(wait / 3600, 4) for wait in RETRIES_S]
    assert hours == [round(5 / 3600, 4), round(5 / 60, 4), 0.5, 2, 5, 10, 14, 20, 24]
    for attempt, wait in enumerate(RETRIES_S, 1):
        assert wait_after(attempt, 1.0, lambda: 0.0) == wait
        assert wait_after(attempt, 0.5, lambda: 1.0) == pytest.approx(wait * 0.5 * 1.1)
    assert wait_after(len(RETRIES_S) + 1) is None


async def test_gone_disables_the_webhook_and_is_the_end() -> None:
    rows = Rows()
    assert await outcome(410, rows=rows) == GiveUp("The receiver answered 410.", 410)
    assert rows.disabled == [(5, GONE, None)]


async def test_the_last_try_that_fails_disables_the_webhook_and_its_owner_is_sent_the_news() -> None:
    rows = Rows()
    assert isinstance(await outcome(500, replace(DELIVERY, tries=8), rows), TryAgain)
    assert not rows.disabled
    assert await outcome(500, replace(DELIVERY, tries=9), rows) == GiveUp("The receiver answered 500.", 500)
    ((webhook_id, reason, news),) = rows.disabled
    assert (webhook_id, reason) == (5, GAVE_UP)
    assert news is not None
    assert (news.channel, news.target, news.event_type) == (ChannelName.MAIL, str(TEACHER), WEBHOOK_DISABLED)
    about = msgspec.json.decode(news.body, type=DisabledWebhook)
    assert (about.id, about.url, about.reason, about.tries) == (HOOK.id, HOOK.url, "The receiver answered 500.", 10)


async def test_tries_of_killed_notifiers_do_not_use_up_those_of_a_receiver() -> None:
    found = await outcome(500, replace(DELIVERY, attempt=50, tries=0))
    assert isinstance(found, TryAgain)
    assert found.counts
    assert found.wait_s < 6


async def test_a_secret_that_no_key_opens_costs_no_try_and_is_not_sent() -> None:
    receiver = Answering()
    found = await outcome(delivery=replace(DELIVERY, attempt=50), rows=Rows(sealed=True), receiver=receiver)
    assert isinstance(found, TryAgain)
    assert not found.counts
    assert not receiver.sent


async def test_where_no_mail_is_sent_a_disabled_webhook_writes_none() -> None:
    rows = Rows()
    channel = WebhookChannel(rows, directory(), Answering(500), mailing=False)
    await channel.send(replace(DELIVERY, tries=9))
    assert rows.disabled == [(5, GAVE_UP, None)]


@pytest.mark.parametrize(
    ("webhook", "reason"),
    [
        (None, "The webhook was deleted."),
        (replace(HOOK, disabled_at=NOW), "The webhook is disabled."),
        (replace(HOOK, user_id=STRANGER), "The owner of the webhook may not see the export."),
        (replace(HOOK, user_id=999), "The owner of the webhook may not see the export."),
    ],
)
async def test_what_is_not_wanted_any_more_is_dropped_without_a_try(webhook: Webhook | None, reason: str) -> None:
    receiver = Answering()
    assert await outcome(rows=Rows(webhook), receiver=receiver) == GiveUp(reason, state=DeliveryState.DROPPED)
    assert not receiver.sent


async def test_a_test_that_fails_is_tried_once_and_disables_nothing() -> None:
    rows = Rows()
    body = encode_event(cloud_event(TEST, SUBJECT, event_id="test-1")).decode()
    found = await outcome(500, replace(DELIVERY, event_type=TEST, event_id="test-1", body=body), rows)
    assert (found, rows.disabled) == (GiveUp("The receiver answered 500.", 500), [])


@pytest.mark.parametrize(
    ("owner", "scope", "by", "export_type", "sees"),
    [
        (TEACHER, WebhookScope.CONTEXT, STUDENT, ExportType.COMMON_CARTRIDGE, True),
        (TEACHER, WebhookScope.CONTEXT, STUDENT, ExportType.ZIP, False),
        (TEACHER, WebhookScope.CONTEXT, TEACHER, ExportType.ZIP, True),
        (STUDENT, WebhookScope.CONTEXT, TEACHER, ExportType.COMMON_CARTRIDGE, False),
        (STUDENT, WebhookScope.CONTEXT, STUDENT, ExportType.ZIP, True),
        (STRANGER, WebhookScope.CONTEXT, TEACHER, ExportType.COMMON_CARTRIDGE, False),
        (STRANGER, WebhookScope.OWN, STRANGER, ExportType.ZIP, False),
        (STUDENT, WebhookScope.OWN, STUDENT, ExportType.ZIP, True),
        (ADMIN, WebhookScope.ACCOUNT, STUDENT, ExportType.ZIP, True),
        (TEACHER, WebhookScope.ACCOUNT, TEACHER, ExportType.ZIP, False),
    ],
)
async def test_an_owner_is_sent_what_the_lists_of_exports_show_that_owner_now(
    owner: int, scope: WebhookScope, by: int, export_type: ExportType, sees: bool
) -> None:
    subject = msgspec.structs.replace(SUBJECT, user_id=by, export_type=export_type)
    webhook = replace(HOOK, user_id=owner, scope=scope)
    assert await may_see(directory(), webhook, subject) is sees


async def test_of_a_context_that_is_gone_nothing_is_sent() -> None:
    subject = msgspec.structs.replace(SUBJECT, context_id=99)
    assert not await may_see(directory(), HOOK, subject)
