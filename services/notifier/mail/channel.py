"""The channel of mail: an export that is ready or has failed, to the person who requested it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Protocol

import msgspec
from prometheus_client import Counter, Gauge

from services.notifier.mail.writing import NoAddress, NotWanted
from shared.adapters.postgres.notices.mail_rows import reader
from shared.adapters.postgres.pool import Connection
from shared.contracts.cloud_events import CloudEvent, data_of
from shared.contracts.export_events import EventType, ExportedData, ExportFacts, FailedData
from shared.domain.errors import MailMisconfigured, MailRefused, MailServerAway, MailUnavailable, in_full
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
from shared.domain.notices.mail import ExportMail, TracedMail
from shared.runtime.logs import get_logger

# Seconds after each answer that asks for a later try until that; after the last, the mail is given up.
WAITS_S = (60.0, 300.0, 1_800.0, 7_200.0, 21_600.0, 86_400.0)
_AWAY_S = 60.0  # the wait for a server that cannot be reached, or takes no mail of this system
KEPT_FOR = timedelta(days=5)  # RFC 5321, 4.5.4.1: how long a mail waits for such a server

_ACCEPTED = 250  # RFC 5321, 4.2.2
_KINDS: dict[str, type[ExportFacts]] = {EventType.EXPORTED: ExportedData, EventType.FAILED: FailedData}

_SKIPPED = Counter(
    "content_exports_mails_skipped_total",
    "Exports that end without a mail, by the reason; again where the event is read again",
    ["reason"],
)
_AWAY = Gauge(
    "content_exports_mail_server_away_seconds",
    "Since mails wait because the mail server cannot be reached, or takes none of this system; or 0",
)


class MailWriting(Protocol):
    """Writes the mail of a delivery."""

    async def mail_of(self, delivery: NoticeDelivery) -> EmailMessage:
        """The mail. Raises NotWanted and NoAddress."""
        ...


class MailServer(Protocol):
    """Takes mails."""

    @property
    def at_once(self) -> int:
        """How many it takes at once."""
        ...

    async def send(self, message: EmailMessage, parent: str | None) -> None:
        """Hand over a mail; its span lies below `parent`, a traceparent.

        Raises MailRefused and MailUnavailable; MailServerAway where the server has not seen it.
        """
        ...


@dataclass(slots=True)
class MailChannel:
    """Mail about exports. The target of a delivery is the number of a user, whose address is read when it is sent."""

    writer: MailWriting
    server: MailServer
    name: ChannelName = ChannelName.MAIL
    _refused: bool = False  # whether the last answer of the server was that it refuses this system
    _away_since: float | None = None  # a time of the monotonic clock; None: it took or answered the last mail

    def __post_init__(self) -> None:
        """Have the time without a mail server computed when metrics are read."""
        _AWAY.set_function(self.away_s)

    def away_s(self) -> float:
        """For how many seconds the server has been away; 0 where it is there, or no mail has been tried."""
        return 0.0 if self._away_since is None else time.monotonic() - self._away_since

    @property
    def at_once(self) -> int:
        """As many as the server takes."""
        return self.server.at_once

    async def deliveries_of(self, event: CloudEvent, db: Connection) -> Sequence[NewDelivery]:
        """To the user who requested the export, unless it skips notifications, or the user has no address."""
        if (kind := _KINDS.get(event.type)) is None:
            return ()
        data = data_of(event, kind)
        if data.skip_notifications or data.user_id is None:
            _SKIPPED.labels("skip_notifications" if data.skip_notifications else "no_requester").inc()
            return ()
        if await reader(db, data.user_id) is None:
            _SKIPPED.labels("no_address").inc()
            get_logger().info("mail_skipped", export_id=data.id, user_id=data.user_id, reason="no address")
            return ()
        body = msgspec.json.encode(ExportMail(data.id, traceparent=event.traceparent)).decode()
        return (NewDelivery(event.id, event.type, self.name, str(data.user_id), body),)

    async def send(self, delivery: NoticeDelivery) -> SendOutcome:
        """Try once. A second try sends the same Message-ID."""
        try:
            mail = await self.writer.mail_of(delivery)
            await self.server.send(mail, msgspec.json.decode(delivery.body, type=TracedMail).traceparent)
        except NotWanted as error:
            return GiveUp(str(error), state=DeliveryState.DROPPED)
        except NoAddress as error:
            return GiveUp(str(error))
        except (MailServerAway, MailMisconfigured) as error:
            self._away_since = self._away_since or time.monotonic()
            self._report(error)
            return when_back(delivery, str(error))
        except (MailRefused, MailUnavailable) as error:
            self._away_since = None
            return GiveUp(str(error)) if isinstance(error, MailRefused) else later(delivery.tries + 1, str(error))
        self._refused, self._away_since = False, None
        return Sent(_ACCEPTED)

    def _report(self, error: MailUnavailable) -> None:
        """Log that no mail can be sent until an operator acts: once, not for each mail."""
        if isinstance(error, MailMisconfigured) and not self._refused:
            self._refused = True
            get_logger().error("mail_server_refuses", reason=in_full(error))


def later(tries: int, reason: str) -> TryAgain | GiveUp:
    """What follows after the server has put a mail off so many times."""
    if tries > len(WAITS_S):
        return GiveUp(reason)
    return TryAgain(WAITS_S[tries - 1], reason)


def when_back(delivery: NoticeDelivery, reason: str) -> TryAgain | GiveUp:
    """What follows a try that the server has not seen, or that no mail of this system can succeed in."""
    if datetime.now(UTC) - delivery.created_at > KEPT_FOR:
        return GiveUp(reason)
    return TryAgain(_AWAY_S, reason, counts=False)
