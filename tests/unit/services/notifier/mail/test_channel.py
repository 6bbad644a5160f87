"""Which events make a mail, to whom, and what follows the answer of the mail server."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any, cast

import msgspec
import pytest
import structlog
from msgspec.structs import replace

from services.notifier.mail.channel import WAITS_S, MailChannel
from services.notifier.mail.writing import NoAddress, NotWanted
from shared.adapters.postgres.pool import Connection
from shared.contracts.asyncapi.event_examples import EVENTS
from shared.contracts.cloud_events import CloudEvent, cloud_event
from shared.contracts.export_events import EventType
from shared.domain.errors import MailMisconfigured, MailRefused, MailServerAway, MailUnavailable, MalformedMessage
from shared.domain.notices.deliveries import (
    ChannelName,
    DeliveryState,
    GiveUp,
    NewDelivery,
    NoticeDelivery,
    Sent,
    TryAgain,
)


class Users:
    """A connection to a database with one user who has an address."""

    async def fetchrow(self, statement: str, user_id: int) -> dict[str, str | None] | None:
        user = {"address": "ada@school.edu", "name": "Ada", "locale": None, "time_zone": None}
        return user if user_id == 7 else None


@dataclass
class Server:
    """A mail server and a writer that raise what they are given."""

    error: Exception | None = None
    not_written: Exception | None = None
    sent: list[tuple[EmailMessage, str | None]] = field(default_factory=list)
    at_once: int = 4

    async def mail_of(self, delivery: NoticeDelivery) -> EmailMessage:
        if self.not_written is not None:
            raise self.not_written
        return EmailMessage()

    async def send(self, message: EmailMessage, parent: str | None) -> None:
        if self.error is not None:
            raise self.error
        self.sent.append((message, parent))


def event(type_: EventType, **fields: Any) -> CloudEvent:
    return cloud_event(type_.value, replace(EVENTS[type_], **fields), event_id="8f6c")


async def written(one: CloudEvent) -> list[NewDelivery]:
    server = Server()
    return list(await MailChannel(server, server).deliveries_of(one, cast("Connection", Users())))


def delivery(tries: int = 0, age: timedelta = timedelta()) -> NoticeDelivery:
    at = datetime.now(UTC) - age
    return NoticeDelivery(1, "8f6c", EventType.EXPORTED.value, ChannelName.MAIL, "7", "{}", 90, at, tries)


@pytest.mark.parametrize("type_", [EventType.EXPORTED, EventType.FAILED])
async def test_an_end_of_an_export_is_a_mail_to_the_user_who_requested_it(type_: EventType) -> None:
    (one,) = await written(event(type_))
    assert (one.event_id, one.event_type, one.channel, one.target) == ("8f6c", type_.value, ChannelName.MAIL, "7")
    assert msgspec.json.decode(one.body) == {"content_export_id": 42}


async def test_the_sending_of_a_mail_goes_on_from_the_span_of_its_event() -> None:
    trace, server = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", Server()
    (one,) = await written(replace(event(EventType.EXPORTED), traceparent=trace))
    await MailChannel(server, server).send(dataclasses.replace(delivery(), body=one.body))
    assert [parent for _, parent in server.sent] == [trace]


@pytest.mark.parametrize("type_", sorted(set(EventType) - {EventType.EXPORTED, EventType.FAILED}))
async def test_no_other_event_is_a_mail(type_: EventType) -> None:
    assert await written(event(type_)) == []


@pytest.mark.parametrize("fields", [{"skip_notifications": True}, {"user_id": None}, {"user_id": 8}])
async def test_no_mail_is_due_where_notifications_are_skipped_or_the_user_has_no_address(
    fields: dict[str, Any],
) -> None:
    assert await written(event(EventType.EXPORTED, **fields)) == []


async def test_an_event_whose_data_is_of_another_form_is_refused() -> None:
    with pytest.raises(MalformedMessage):
        await written(cloud_event(EventType.FAILED.value, EVENTS[EventType.EXPORTED], event_id="1"))


@pytest.mark.parametrize(
    ("server", "outcome"),
    [
        (Server(), Sent(250)),
        (Server(MailRefused("550 no such user")), GiveUp("550 no such user")),
        (Server(MailUnavailable("451 later")), TryAgain(60.0, "451 later")),
        (Server(MailMisconfigured("535 no")), TryAgain(60.0, "535 no", counts=False)),
        (Server(MailServerAway("refused")), TryAgain(60.0, "refused", counts=False)),
        (Server(not_written=NotWanted("Gone.")), GiveUp("Gone.", state=DeliveryState.DROPPED)),
        (Server(not_written=NoAddress("No address.")), GiveUp("No address.")),
    ],
)
async def test_the_answer_of_the_server_decides_what_follows(server: Server, outcome: object) -> None:
    assert await MailChannel(server, server).send(delivery()) == outcome


async def test_a_mail_is_tried_again_after_longer_and_longer_and_given_up_in_the_end() -> None:
    server = Server(MailUnavailable("451 later"))
    channel = MailChannel(server, server)
    outcomes = [await channel.send(delivery(tries)) for tries in range(7)]
    assert outcomes == [*(TryAgain(seconds, "451 later") for seconds in WAITS_S), GiveUp("451 later")]
    assert list(WAITS_S) == sorted(WAITS_S)


async def test_a_mail_waits_five_days_for_a_server_that_is_away() -> None:
    server = Server(MailServerAway("refused"))
    days = [await MailChannel(server, server).send(delivery(age=timedelta(days=number))) for number in (0, 4, 6)]
    assert days == [*[TryAgain(60.0, "refused", counts=False)] * 2, GiveUp("refused")]


async def test_a_server_is_away_from_the_first_mail_that_does_not_reach_it_until_it_answers_one() -> None:
    server = Server()
    channel = MailChannel(server, server)
    away = []
    for error in (None, MailServerAway("refused"), MailMisconfigured("535 no"), MailRefused("550 no such user")):
        server.error = error
        await channel.send(delivery())
        away.append(channel.away_s() > 0)
    assert away == [False, True, True, False]


def test_no_more_mails_are_sent_at_once_than_the_server_takes() -> None:
    assert MailChannel(Server(), Server(at_once=3)).at_once == 3


async def test_a_server_that_refuses_this_system_is_an_error_in_the_log_once_until_it_takes_a_mail() -> None:
    server = Server(MailMisconfigured("535 wrong password"))
    channel = MailChannel(server, server)
    with structlog.testing.capture_logs() as lines:
        for error in (server.error, server.error, None, server.error):
            server.error = error
            await channel.send(delivery())
    refused = [line for line in lines if line["event"] == "mail_server_refuses"]
    assert [line["log_level"] for line in refused] == ["error", "error"]
