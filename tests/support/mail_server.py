"""A mail server as a process of its own, which keeps what it takes as files. The local part of an address decides its answer."""

from __future__ import annotations

import argparse
import asyncio
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

ANSWERS = {  # to RCPT, by the local part
    "unknown": "550 5.1.1 no such user here",
    "busy": "451 4.3.0 try again later",
}
AT_DATA = {"spam": "554 5.7.1 looks like spam", "greylisted": "450 4.7.1 greylisted"}
USER, PASSWORD = "exports", "a secret word"


@dataclass(frozen=True)
class MailServer:
    port: int
    folder: Path
    log: Path

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def mails(self) -> list[EmailMessage]:
        """All mails that it took, in their order."""
        return [message_from_bytes(path.read_bytes(), policy=SMTP_POLICY) for path in sorted(self.folder.glob("*.eml"))]

    def holds(self) -> bool:
        """Whether a client waits for the answer that --hold keeps back."""
        return (self.folder / "held").exists()

    def connections(self) -> int:
        return self.log.read_text().count("connection")


@contextmanager
def mail_server(folder: Path, *options: str) -> Iterator[MailServer]:
    """A server during the block. Options: --tls and --starttls (with --certificate), --login, --port, --hold."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "tests.support.mail_server", str(folder), *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        yield MailServer(port, folder, folder / "log")
    finally:
        process.terminate()
        process.wait(10)


def certificate(folder: Path, valid: timedelta = timedelta(hours=1)) -> Path:
    """A certificate for 127.0.0.1 that nobody else trusts, with its key, in one file. `valid` is from now on."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail server of the tests")])
    built = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + valid)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "certificate.pem"
    path.write_bytes(built.public_bytes(pem) + secret)
    return path


class Handler:
    def __init__(self, folder: Path, hold: str | None) -> None:
        self.folder = folder
        self.hold = hold  # the command that is never answered, once
        self.count = 0

    async def held(self, command: str) -> None:
        if self.hold == command:
            self.hold = None
            (self.folder / "held").touch()
            await asyncio.Event().wait()

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        await self.held("RCPT")
        answer = ANSWERS.get(address.partition("@")[0])
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        local = envelope.rcpt_tos[0].partition("@")[0]
        if local in AT_DATA:
            return AT_DATA[local]
        self.count += 1
        unfinished = self.folder / "unfinished"
        unfinished.write_bytes(envelope.content)
        unfinished.rename(self.folder / f"{self.count:06}.eml")
        await self.held("DATA")
        return f"250 taken as {self.count}"


class Server(SMTP):
    """Drops the connection in the middle of DATA to `drop@...`."""

    async def smtp_DATA(self, arg: str) -> None:
        if self.envelope.rcpt_tos and self.envelope.rcpt_tos[0].startswith("drop@"):
            await self.push("354 go on")
            await self._reader.readline()
            self.transport.abort()
            return
        await super().smtp_DATA(arg)


def _authenticated(server: SMTP, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False)


async def _serve(options: argparse.Namespace) -> None:
    handler = Handler(options.folder, options.hold)
    context = None
    if options.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.certificate)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stopping.set)
    log = options.folder / "log"
    log.touch()

    def protocol() -> Server:
        with log.open("a") as lines:
            lines.write("connection\n")
        return Server(
            handler,
            enable_SMTPUTF8=True,
            tls_context=context if options.starttls else None,
            require_starttls=options.starttls,
            auth_required=options.login,
            auth_require_tls=options.starttls,
            authenticator=_authenticated if options.login else None,
        )

    server = await loop.create_server(protocol, "127.0.0.1", options.port, ssl=context if options.tls else None)
    print(server.sockets[0].getsockname()[1], flush=True)
    await stopping.wait()
    server.close()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--certificate")
    parser.add_argument("--hold", choices=("RCPT", "DATA"))
    for name in ("--tls", "--starttls", "--login"):
        parser.add_argument(name, action="store_true")
    asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
