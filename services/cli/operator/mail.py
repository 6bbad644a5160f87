"""The operator command that tries the settings of mail."""

from __future__ import annotations

import asyncio
import os
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import formatdate, make_msgid
from typing import Annotated

import typer

from services.cli.errors import CommandError, InvalidSetting
from services.cli.output import Output
from shared.adapters.smtp import SmtpServer
from shared.domain.errors import ExportError, in_full
from shared.runtime.environment import Mistakes
from shared.runtime.mail_settings import MailSettings, mail_address, read_mail_settings

_TEXT = "This mail was sent to try the settings of mail of Content Exports. They work.\n"


def mail(output: Output, address: Annotated[str, typer.Argument(help="Where the mail goes")]) -> None:
    """Send a mail by the settings of the environment (SMTP_URL, MAIL_FROM, ...), to try them."""
    settings = _settings()
    try:
        message = _message(settings, address)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="ADDRESS") from error
    try:
        asyncio.run(_send(settings, message))
    except ExportError as error:
        raise CommandError(f"the mail server did not take the mail: {in_full(error)}", code=error.code) from error
    output.result("the mail server took the mail", {"message_id": message["Message-ID"]})


def _settings() -> MailSettings:
    try:
        settings = read_mail_settings(os.environ.get("PUBLIC_URL"))
    except Mistakes as error:
        raise InvalidSetting(str(error)) from error
    if settings.server is None:
        raise InvalidSetting("SMTP_URL: is missing")
    return settings


def _message(settings: MailSettings, address: str) -> EmailMessage:
    """Raises ValueError for an invalid address."""
    to, sender = mail_address(address), mail_address(settings.mail_from or "")
    message = EmailMessage(policy=SMTP if to.addr_spec.isascii() else SMTPUTF8)
    message["From"], message["To"], message["Subject"] = sender, to, "Content Exports: a test of the settings of mail"
    message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain=sender.domain)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_TEXT)
    return message


async def _send(settings: MailSettings, message: EmailMessage) -> None:
    assert settings.server is not None
    server = SmtpServer(settings.server, settings.mail_timeout_s)
    try:
        await server.send(message)
    finally:
        await server.close()
