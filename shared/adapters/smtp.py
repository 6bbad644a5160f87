"""A mail server, by SMTP: connections that are kept for the next mails."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager, suppress
from email.message import EmailMessage

import aiosmtplib
from aiosmtplib import errors as theirs

from shared.adapters.translate import translated_by
from shared.domain.errors import ExportError, MailMisconfigured, MailRefused, MailServerAway, MailUnavailable
from shared.runtime.mail_settings import SmtpAddress, StartTls
from shared.runtime.span_kinds import SpanKind, Value
from shared.runtime.traces import span

_PAUSE_S = 2.0  # after a connection that failed, so that a backlog of mails does not flood a server that is away
_FRESH_S = 5.0  # how long a connection counts as open without a question to the server
_START_TLS = {StartTls.OFFERED: None, StartTls.REQUIRED: True, StartTls.NEVER: False}
_LONGEST = 500  # characters of an answer that are kept
_ANSWERS = (theirs.SMTPResponseException, theirs.SMTPRecipientsRefused, theirs.SMTPNotSupported)
_PERMANENT = 500  # RFC 5321, 4.2.1: 4yz is worth another try, 5yz is not


class SmtpServer:
    """Sends mails over a few connections. Raises MailRefused for a mail that is never taken, MailUnavailable for others."""

    at_once = 4  # connections, and so mails; a burst of mails one after the other takes one

    def __init__(self, address: SmtpAddress, timeout_s: float) -> None:
        self._address = address
        self._timeout_s = timeout_s
        self._turns = asyncio.Semaphore(self.at_once)
        self._idle: list[tuple[aiosmtplib.SMTP, float]] = []  # with the time of their last mail
        self._tried_again_at = 0.0  # no connection is tried before

    async def send(self, message: EmailMessage, parent: str | None = None) -> None:
        """Send to the address of the header `To`; it returns once the server has taken the mail over.

        Its span lies below `parent`, a traceparent, or else the current span. No address of a person is in it.

        An error can come after the server has taken it: then the mail that is sent again has the same Message-ID.
        """
        sender, recipient = _address_in(message, "From"), _address_in(message, "To")
        with span("send mail", parent, SpanKind.CLIENT, attributes=self._attributes()):
            async with self._connected() as client:
                await client.send_message(message, sender=sender, recipients=[recipient])

    def _attributes(self) -> dict[str, Value]:
        where = self._address
        return {"network.protocol.name": "smtp", "server.address": where.host, "server.port": where.port}

    async def check(self) -> None:
        """Connect and log in. Raises MailUnavailable, or MailMisconfigured."""
        async with self._connected():
            pass

    async def close(self) -> None:
        """End the connections that no mail is sent over."""
        while self._idle:
            client, _ = self._idle.pop()
            with suppress(theirs.SMTPException, OSError):
                await client.quit()
            client.close()

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[aiosmtplib.SMTP]:
        """A connection for one mail, kept for the next one where the server has answered, whatever it was."""
        async with self._turns:
            client = await self._open()
            try:
                with translated():
                    yield client
            except BaseException as error:
                if not isinstance(error.__cause__, _ANSWERS):
                    client.close()
                raise
            finally:
                if client.is_connected:
                    self._idle.append((client, time.monotonic()))

    async def _open(self) -> aiosmtplib.SMTP:
        """A connection that is open. After one that failed, all others wait for some seconds before they are tried."""
        while self._idle:
            client, used = self._idle.pop()
            if await _is_alive(client, used):
                return client
            client.close()
        await asyncio.sleep(max(0.0, self._tried_again_at - time.monotonic()))
        try:
            with translated():
                return await self._connect()
        except MailUnavailable as error:
            self._tried_again_at = time.monotonic() + _PAUSE_S
            if isinstance(error, MailMisconfigured):
                raise
            raise MailServerAway(str(error)) from error

    async def _connect(self) -> aiosmtplib.SMTP:
        where = self._address
        client = aiosmtplib.SMTP(
            hostname=where.host,
            port=where.port,
            username=where.user or None,
            password=where.password or None,
            timeout=self._timeout_s,
            use_tls=where.tls,
            start_tls=False if where.tls else _START_TLS[where.start_tls],
            tls_context=await asyncio.to_thread(ssl.create_default_context, cafile=where.ca),
        )
        try:
            await client.connect()
        except BaseException:
            client.close()
            raise
        return client


async def _is_alive(client: aiosmtplib.SMTP, used: float) -> bool:
    if not client.is_connected:
        return False
    if time.monotonic() - used < _FRESH_S:
        return True
    try:
        await client.noop()
    except (theirs.SMTPException, OSError):
        return False
    return True


def translated() -> AbstractContextManager[None]:
    """Turn errors of a mail server into ours."""
    return translated_by(_ours)


def _ours(error: BaseException) -> ExportError | None:
    match error:
        case theirs.SMTPRecipientsRefused():
            return _ours(error.recipients[0])
        case theirs.SMTPRecipientRefused() | theirs.SMTPDataError():
            return _of_mail(error)
        case theirs.SMTPNotSupported():  # an address in other letters than ASCII
            return MailRefused(_sentence(error))
        case theirs.SMTPAuthenticationError() | theirs.SMTPSenderRefused() if error.code >= _PERMANENT:
            return MailMisconfigured(_sentence(error))
        case theirs.SMTPException() | OSError():
            return MailMisconfigured(_sentence(error)) if _is_ours_to_mend(error) else MailUnavailable(_sentence(error))
    return None


def _of_mail(error: theirs.SMTPResponseException) -> ExportError:
    """The server's answer about one mail."""
    return (MailRefused if error.code >= _PERMANENT else MailUnavailable)(_sentence(error))


def _is_ours_to_mend(error: BaseException) -> bool:
    """Whether no later try can help: a certificate that is not trusted, or STARTTLS or AUTH, which the server lacks."""
    return (
        isinstance(error, ssl.SSLError)
        or isinstance(error.__cause__, ssl.SSLError)
        or type(error) is theirs.SMTPException
    )


def _sentence(error: BaseException) -> str:
    """The server's answer in one line, such as `550 5.1.1 no such user`; the library's words where it gave none."""
    words = f"{error.code} {error.message}" if isinstance(error, theirs.SMTPResponseException) else str(error)
    return " ".join(words.split())[:_LONGEST] or type(error).__name__


def _address_in(message: EmailMessage, header: str) -> str:
    """The address of a header that has one."""
    (address,) = message[header].addresses
    return str(address.addr_spec)
