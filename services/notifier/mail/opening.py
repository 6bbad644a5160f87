"""Opens what the settings configure: the channel of mail, and the clock of its reminders.

What writes and sends mail (jinja2, babel, aiosmtplib) is imported where there is a server alone.
"""

from __future__ import annotations

from contextlib import AsyncExitStack

from services.notifier.channel import NoticeChannel
from services.notifier.mail.reminders import Reminders, window_s
from shared.adapters.postgres.access import Access
from shared.adapters.postgres.content_exports import ContentExports
from shared.adapters.postgres.notices.mail_rows import MailRows
from shared.adapters.postgres.pool import Pool
from shared.http.urls import public_address
from shared.runtime.mail_settings import MailSettings, mail_address
from shared.runtime.settings import Settings


async def open_mail(settings: Settings, mail: MailSettings, pool: Pool, stack: AsyncExitStack) -> NoticeChannel | None:
    """The channel, whose connections are closed with the stack; None without SMTP_URL."""
    if mail.server is None:
        return None
    from services.notifier.mail.channel import MailChannel  # noqa: PLC0415  (see above)
    from services.notifier.mail.envelope import MailSender  # noqa: PLC0415
    from services.notifier.mail.writing import MailWriter  # noqa: PLC0415
    from shared.adapters.smtp import SmtpServer  # noqa: PLC0415

    assert mail.mail_from is not None  # the settings say so
    server = SmtpServer(mail.server, mail.mail_timeout_s)
    stack.push_async_callback(server.close)
    reply_to = mail_address(mail.mail_reply_to) if mail.mail_reply_to else None
    writer = MailWriter(
        facts=MailRows(pool),
        exports=ContentExports(pool),
        directory=Access(pool),
        sender=MailSender(mail_address(mail.mail_from), reply_to),
        default_locale=mail.mail_locale,
        public_url=public_address(settings),
        page_url=mail.mail_export_url,
    )
    return MailChannel(writer, server)


def reminders_of(settings: Settings, mail: MailSettings, pool: Pool) -> Reminders:
    """The clock of reminders, which never strikes without SMTP_URL."""
    hours = mail.mail_reminder_hours if mail.server else 0.0
    return Reminders(MailRows(pool), window_s(hours, settings.keep_s))
