"""The settings of mail: the server that takes it, and in whose name it is sent."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.utils import getaddresses
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qsl, unquote, urlsplit

from shared.runtime.environment import Bounds, Mistakes, read_environment

_FORM = "not an address of the form smtp://user:password@host:port or smtps://host"
_NO_ADDRESS = "must be an e-mail address, such as exports@school.edu"
_PORTS = {"smtp": 25, "smtps": 465}
_PARTS = re.compile(r"[^\s@<>()\[\],;:\\\"\x00-\x20\x7f]{1,64}@(?=[^@]{1,253}\Z)[^\s@<>()\[\],;:\\\"/\x00-\x20\x7f]+")


class StartTls(StrEnum):
    """When a connection without TLS is raised to one with it (RFC 3207)."""

    OFFERED = "offered"  # if the server offers it
    REQUIRED = "required"  # or else nothing is sent
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpAddress:
    """A mail server. The password is in no text of it."""

    host: str
    port: int
    tls: bool = False  # from the first byte on
    start_tls: StartTls = StartTls.OFFERED
    user: str = ""
    password: str = field(default="", repr=False)
    ca: str | None = None  # a file of certificates, instead of those of the machine


def smtp_address(url: str) -> SmtpAddress:
    """The server of `smtp://user:password@host:port?starttls=required&ca=/file`, or `smtps://`.

    Ports: 25, or 465 with TLS. A password is sent without TLS only with `starttls=never`. Raises ValueError, whose text
    has no part of the URL.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
        options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    except ValueError:
        raise ValueError(_FORM) from None
    if parts.scheme not in _PORTS or not parts.hostname or parts.path.strip("/"):
        raise ValueError(_FORM)
    if unknown := options.keys() - {"starttls", "ca"}:
        raise ValueError(f"has the options starttls and ca alone, not {', '.join(sorted(unknown))}")
    user = unquote(parts.username or "")
    return SmtpAddress(
        host=parts.hostname,
        port=port or _PORTS[parts.scheme],
        tls=parts.scheme == "smtps",
        start_tls=_start_tls(options.get("starttls"), has_user=bool(user)),
        user=user,
        password=unquote(parts.password or ""),
        ca=_file(options.get("ca")),
    )


def _start_tls(text: str | None, *, has_user: bool) -> StartTls:
    if text is None:
        return StartTls.REQUIRED if has_user else StartTls.OFFERED
    try:
        return StartTls(text)
    except ValueError:
        raise ValueError(f"starttls must be one of {', '.join(StartTls)}") from None


def _file(path: str | None) -> str | None:
    if path is not None and not Path(path).is_file():
        raise ValueError("ca must be a file of certificates (PEM)")
    return path


def mail_address(text: str) -> Address:
    """`ada@school.edu` or `Ada Lovelace <ada@school.edu>`. A domain of other scripts becomes its ASCII form.

    Raises ValueError for anything else, several addresses among them.
    """
    parsed = getaddresses([text])
    if len(parsed) != 1 or not _PARTS.fullmatch(parsed[0][1]):
        raise ValueError(_NO_ADDRESS)
    name, spec = parsed[0]
    user, _, domain = spec.rpartition("@")
    try:
        return Address(name, user, domain.encode("idna").decode())
    except (UnicodeError, HeaderParseError, ValueError, IndexError) as error:
        raise ValueError(_NO_ADDRESS) from error


def _server(url: str) -> str:
    smtp_address(url)
    return url


def _own_address(text: str) -> str:
    """The check of an address of ours: ASCII alone, so that any server takes mail from it."""
    if not mail_address(text).addr_spec.isascii():
        raise ValueError(_NO_ADDRESS)
    return text


def _page(template: str) -> str:
    """The check of an address with the fields {context} and {id}: https://lms.school.edu/{context}/exports/{id}."""
    try:
        parts = urlsplit(template.format(context="courses/42", id=7))
    except (KeyError, IndexError, ValueError):
        raise ValueError("has the fields {context} and {id} alone") from None
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise ValueError("not an address of the form https://host/{context}/exports/{id}")
    return template


@dataclass(frozen=True, kw_only=True)
class MailSettings:
    """The settings of mail. The environment variables have the same names in upper case."""

    smtp_url: Annotated[str, _server] | None = field(default=None, repr=False)  # unset: no mail is sent
    mail_from: Annotated[str, _own_address] | None = None  # the sender: an address, or "Name <address>"
    mail_reply_to: Annotated[str, _own_address] | None = None  # where answers go, if not to the sender
    mail_locale: str = "en"  # of users whose own has no translation
    mail_reminder_hours: Annotated[float, Bounds(ge=0)] = (
        48.0  # before the end of a package that was never downloaded; 0: none
    )
    mail_export_url: Annotated[str, _page] | None = None  # where people look at an export; unset: mails have no link
    mail_timeout_s: Annotated[float, Bounds(gt=0)] = 20.0  # how long the mail server may take for an answer

    def __post_init__(self) -> None:
        """Raise ValueError for a server without a sender."""
        if self.smtp_url and not self.mail_from:
            raise ValueError("SMTP_URL needs MAIL_FROM, the address that mail is sent from")

    @property
    def server(self) -> SmtpAddress | None:
        """The mail server; None where no mail is sent."""
        return smtp_address(self.smtp_url) if self.smtp_url else None


def read_mail_settings(public_url: str | None) -> MailSettings:
    """The settings of this process. Raises Mistakes, also for mail whose links would have no host."""
    settings = read_environment(MailSettings)
    if settings.smtp_url and not public_url:
        raise Mistakes(["SMTP_URL: needs PUBLIC_URL, for the links in mails"])
    return settings
