"""Mail: who reads it, and which mails there are beside those of events."""

from __future__ import annotations

from dataclasses import dataclass

from msgspec import Struct

EXPIRING = "mail.expiring"  # the `event_type` of a reminder: no event is published for it
WEBHOOK_DISABLED = "mail.webhook_disabled"  # the `event_type` of the mail to the owner of a webhook


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """The person who gets a mail, as the users row has them; a missing field is None."""

    address: str
    name: str | None = None
    locale: str | None = None  # a BCP 47 tag
    time_zone: str | None = None  # a name of IANA or of Rails


class TracedMail(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the body of any mail may have: the span that the sending goes on from (W3C Trace Context)."""

    traceparent: str | None = None


class ExportMail(TracedMail, frozen=True, omit_defaults=True):
    """The body of a delivery by mail about an export, which is read again when it is sent."""

    content_export_id: int
