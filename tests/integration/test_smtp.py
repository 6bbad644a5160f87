"""Mail is handed to a real server, and what the server answers decides whether it is tried again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from pathlib import Path

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from deploy.stack.ports import free_port
from shared.adapters.smtp import SmtpServer
from shared.domain.errors import MailMisconfigured, MailRefused, MailServerAway, MailUnavailable
from shared.runtime.mail_settings import smtp_address
from tests.support.mail_server import PASSWORD, USER, MailServer, certificate, mail_server
from tests.support.spans import CALLER, TRACE, attribute, parent_of


def a_mail(to: str = "ada@school.edu") -> EmailMessage:
    message = EmailMessage(policy=SMTP if to.isascii() else SMTPUTF8)
    message["From"], message["To"], message["Subject"] = "exports@school.edu", to, "Größe ✓"
    message.set_content("Hello.")
    return message


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[SmtpServer]:
    smtp = SmtpServer(smtp_address(url), timeout_s=10)
    try:
        yield smtp
    finally:
        await smtp.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServer]:
    with mail_server(tmp_path_factory.mktemp("mails")) as running:
        yield running


async def test_the_mails_of_a_burst_take_one_connection(server: MailServer) -> None:
    before, connections = len(server.mails()), server.connections()
    async with connected(server.url) as smtp:
        for _ in range(3):
            await smtp.send(a_mail())
    assert [mail["Subject"] for mail in server.mails()[before:]] == ["Größe ✓"] * 3
    assert server.connections() == connections + 1


@pytest.mark.parametrize("name", ["unknown", "spam"])
async def test_a_mail_that_the_server_never_takes_is_refused_with_its_sentence(server: MailServer, name: str) -> None:
    async with connected(server.url) as smtp:
        with pytest.raises(MailRefused, match=r"^55\d 5\.\d\.1 \w+") as caught:
            await smtp.send(a_mail(f"{name}@school.edu"))
        assert not caught.value.retry
        await smtp.send(a_mail())


async def test_the_span_of_a_mail_lies_below_that_of_its_event_and_a_refused_one_is_an_error(
    server: MailServer, spans: InMemorySpanExporter
) -> None:
    async with connected(server.url) as smtp:
        await smtp.send(a_mail(), f"00-{TRACE}-{CALLER}-01")
        with pytest.raises(MailRefused):
            await smtp.send(a_mail("unknown@school.edu"), f"00-{TRACE}-{CALLER}-01")
    sent, refused = spans.get_finished_spans()
    assert {(each.name, each.kind, parent_of(each)) for each in (sent, refused)} == {
        ("send mail", SpanKind.CLIENT, CALLER)
    }
    where = {"network.protocol.name": "smtp", "server.address": "127.0.0.1", "server.port": server.port}
    assert dict(sent.attributes or {}) == where, "nobody's address is in it"
    assert (sent.status.status_code, refused.status.status_code) == (StatusCode.UNSET, StatusCode.ERROR)
    assert attribute(refused, "error.type") == "MailRefused"


@pytest.mark.parametrize("name", ["busy", "greylisted", "drop"])
async def test_a_mail_that_the_server_may_take_later_is_tried_again(server: MailServer, name: str) -> None:
    async with connected(server.url) as smtp:
        with pytest.raises(MailUnavailable) as caught:
            await smtp.send(a_mail(f"{name}@school.edu"))
        assert caught.value.retry
        assert not isinstance(caught.value, MailMisconfigured)
        await smtp.send(a_mail())


async def test_an_address_in_other_letters_is_sent_as_it_is(server: MailServer) -> None:
    before = len(server.mails())
    async with connected(server.url) as smtp:
        await smtp.send(a_mail("zoë@school.edu"))
    assert len(server.mails()) == before + 1


async def test_a_server_that_is_not_there_is_unavailable(server: MailServer) -> None:
    async with connected("smtp://127.0.0.1:1") as smtp:
        with pytest.raises(MailServerAway):
            await smtp.check()


async def test_no_mail_of_a_backlog_fails_for_the_sake_of_one_that_did_not_reach_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.adapters.smtp._PAUSE_S", 1.5)
    port = free_port()
    async with connected(f"smtp://127.0.0.1:{port}") as smtp:
        with pytest.raises(MailServerAway):
            await smtp.send(a_mail())
        with mail_server(tmp_path / "mails", "--port", str(port)) as server:
            await asyncio.gather(*(smtp.send(a_mail()) for _ in range(12)))
            assert len(server.mails()) == 12
            assert server.connections() <= smtp.at_once


async def test_a_connection_that_the_server_closed_is_opened_anew(tmp_path: Path) -> None:
    with mail_server(tmp_path / "first") as first:
        smtp = SmtpServer(smtp_address(first.url), timeout_s=10)
        await smtp.send(a_mail())
    with mail_server(tmp_path / "second", "--port", str(first.port)) as second:
        try:
            await smtp.send(a_mail())
        except MailUnavailable:  # the end of the first connection had not been noticed
            await smtp.send(a_mail())
        await smtp.close()
        assert len(second.mails()) == 1


async def test_a_password_goes_over_starttls_to_a_server_with_a_trusted_certificate(tmp_path: Path) -> None:
    pem = certificate(tmp_path)
    with mail_server(tmp_path / "mails", "--starttls", "--login", "--certificate", str(pem)) as server:
        login = f"{USER}:{PASSWORD.replace(' ', '%20')}@127.0.0.1:{server.port}"
        async with connected(f"smtp://{login}?ca={pem}") as smtp:
            await smtp.send(a_mail())
        async with connected(f"smtp://{login}") as smtp:
            with pytest.raises(MailMisconfigured, match="certificate"):
                await smtp.send(a_mail())
        wrong = f"smtp://{USER}:wrong@127.0.0.1:{server.port}?ca={pem}"
        async with connected(wrong) as smtp:
            with pytest.raises(MailMisconfigured, match="535"):
                await smtp.send(a_mail())
        assert len(server.mails()) == 1


async def test_a_password_does_not_go_to_a_server_without_tls(server: MailServer) -> None:
    async with connected(f"smtp://{USER}:word@127.0.0.1:{server.port}") as smtp:
        with pytest.raises(MailMisconfigured, match="STARTTLS"):
            await smtp.check()


async def test_tls_from_the_first_byte(tmp_path: Path) -> None:
    pem = certificate(tmp_path)
    with mail_server(tmp_path / "mails", "--tls", "--certificate", str(pem)) as server:
        async with connected(f"smtps://127.0.0.1:{server.port}?ca={pem}") as smtp:
            await smtp.send(a_mail())
        async with connected(f"smtps://127.0.0.1:{server.port}") as smtp:
            with pytest.raises(MailMisconfigured, match="certificate"):
                await smtp.check()
        assert len(server.mails()) == 1
