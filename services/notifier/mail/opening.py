"""Opens what the settings ask for: the channel of mail, and the clock of its reminders."""

from __future__ import annotations

from contextlib import AsyncExitStack

from services.notifier.mail.channel import MailChannel
from services.notifier.mail.envelope import MailSender
from services.notifier.mail.reminders import Reminders, window_s
from services.notifier.mail.writing import MailWriter
from shared.adapters.postgres.access import Access
from shared.adapters.postgres.content_exports import ContentExports
from shared.adapters.postgres.notices.mail_rows import MailRows
from shared.adapters.postgres.pool import Pool
from shared.adapters.smtp import SmtpServer
from shared.runtime.mail_settings import mail_address, read_mail_settings
from shared.runtime.settings import Settings


async def open_mail(settings: Settings, pool: Pool, stack: AsyncExitStack) -> MailChannel | None:
    """The channel, whose connections are closed with the stack; None without SMTP_URL. Raises Mistakes."""
    mail = read_mail_settings(settings.public_url)
    if mail.server is None:
        return None
    assert mail.mail_from is not None  # the settings say so
    assert settings.public_url is not None
    server = SmtpServer(mail.server, mail.mail_timeout_s)
    stack.push_async_callback(server.close)
    reply_to = mail_address(mail.mail_reply_to) if mail.mail_reply_to else None
    writer = MailWriter(
        facts=MailRows(pool),
        exports=ContentExports(pool),
        directory=Access(pool),
        sender=MailSender(mail_address(mail.mail_from), reply_to),
        default_locale=mail.mail_locale,
        public_url=settings.public_url.rstrip("/"),
        page_url=mail.mail_export_url,
    )
    return MailChannel(writer, server)


def reminders_of(settings: Settings, pool: Pool) -> Reminders:
    """The clock of reminders, which never strikes without SMTP_URL."""
    mail = read_mail_settings(settings.public_url)
    hours = mail.mail_reminder_hours if mail.server else 0.0
    return Reminders(MailRows(pool), window_s(hours, settings.keep_s))
