"""A mail server, by SMTP: one connection, kept for the next mails."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager
from email.message import EmailMessage

import aiosmtplib
from aiosmtplib import errors as theirs

from shared.adapters.translate import translated_by
from shared.domain.errors import ExportError, MailMisconfigured, MailRefused, MailUnavailable
from shared.runtime.mail_settings import SmtpAddress, StartTls

_FRESH_S = 5.0  # how long a connection counts as open without a question to the server
_START_TLS = {StartTls.OFFERED: None, StartTls.REQUIRED: True, StartTls.NEVER: False}
_LONGEST = 500  # characters of an answer that are kept
_PERMANENT = 500  # RFC 5321, 4.2.1: 4yz is worth another try, 5yz is not


class SmtpServer:
    """Sends one mail at a time. Raises MailRefused for a mail that is never taken, MailUnavailable for one that may be."""

    def __init__(self, address: SmtpAddress, timeout_s: float) -> None:
        self._address = address
        self._timeout_s = timeout_s
        self._client: aiosmtplib.SMTP | None = None
        self._used = 0.0
        self._turn = asyncio.Lock()

    async def send(self, message: EmailMessage) -> str:
        """Send to the address of the header `To`. Returns the server's answer, once it has taken the mail over.

        An error can come after the server has taken it: then the mail that is sent again has the same Message-ID.
        """
        sender, recipient = _address_in(message, "From"), _address_in(message, "To")
        async with self._connected() as client:
            refused, answer = await client.send_message(message, sender=sender, recipients=[recipient])
        assert not refused  # of a single recipient it would be an error
        return answer

    async def check(self) -> None:
        """Connect and log in. Raises MailUnavailable, or MailMisconfigured."""
        async with self._connected():
            pass

    async def close(self) -> None:
        """End the connection."""
        if self._client is not None and self._client.is_connected:
            with translated():
                await self._client.quit()
        self._hang_up()

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[aiosmtplib.SMTP]:
        """The connection, for one mail. It is closed where its state is not known: after anything but an answer."""
        async with self._turn:
            try:
                with translated():
                    client = await self._open()
                    yield client
            except ExportError as error:
                if not isinstance(error.__cause__, theirs.SMTPRecipientsRefused | theirs.SMTPNotSupported):
                    self._hang_up()
                raise
            except BaseException:
                self._hang_up()
                raise
            self._used = time.monotonic()

    async def _open(self) -> aiosmtplib.SMTP:
        if self._client is not None and await self._is_alive(self._client):
            return self._client
        self._hang_up()
        where = self._address
        self._client = client = aiosmtplib.SMTP(
            hostname=where.host,
            port=where.port,
            username=where.user or None,
            password=where.password or None,
            timeout=self._timeout_s,
            use_tls=where.tls,
            start_tls=False if where.tls else _START_TLS[where.start_tls],
            tls_context=await asyncio.to_thread(ssl.create_default_context, cafile=where.ca),
        )
        await client.connect()
        return client

    async def _is_alive(self, client: aiosmtplib.SMTP) -> bool:
        if not client.is_connected:
            return False
        if time.monotonic() - self._used < _FRESH_S:
            return True
        try:
            await client.noop()
        except (theirs.SMTPException, OSError):
            return False
        return True

    def _hang_up(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None


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
