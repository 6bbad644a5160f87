"""A letter as a message of RFC 5322: its headers, and its two parts."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime

from services.notifier.mail.letter import Letter, as_html, as_text
from services.notifier.mail.names import one_line
from shared.domain.language.texts import Texts
from shared.domain.notices.mail import Reader
from shared.runtime.mail_settings import mail_address

_LONGEST_SUBJECT = 200


@dataclass(frozen=True, slots=True)
class MailSender:
    """In whose name mail is sent, and where answers go, if not there."""

    address: Address
    reply_to: Address | None = None


def message_id(event_id: str, target: str, domain: str) -> str:
    """The Message-ID of the mail about an event to a target: the same each time, so that a second copy is recognized."""
    digest = hashlib.sha256(f"{event_id}\0{target}".encode()).hexdigest()[:40]
    return f"<{digest}@{domain}>"


def compose(
    letter: Letter, texts: Texts, sender: MailSender, reader: Reader, *, id_: str, now: datetime
) -> EmailMessage:
    """The message. Raises ValueError for a reader whose address is not valid."""
    to = mail_address(reader.address)
    message = EmailMessage(policy=SMTP if to.addr_spec.isascii() else SMTPUTF8)
    message["From"] = sender.address
    message["To"] = Address(one_line(reader.name or ""), to.username, to.domain)
    message["Subject"] = one_line(letter.subject, _LONGEST_SUBJECT)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = id_
    if sender.reply_to is not None:
        message["Reply-To"] = sender.reply_to
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no automatic reply is sent to it
    message["X-Auto-Response-Suppress"] = "All"  # the same for Exchange
    message["List-Id"] = f"<content-exports.{sender.address.domain}>"  # RFC 2919: what filters sort by
    message.set_content(as_text(letter, texts), cte="quoted-printable")
    message.add_alternative(as_html(letter, texts), subtype="html", cte="quoted-printable")
    message["Content-Language"] = texts.language  # after the parts, which would take it over
    return message
