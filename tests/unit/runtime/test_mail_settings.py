"""The settings of mail are checked at the start, and no text of them has the password."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from shared.runtime.environment import Mistakes
from shared.runtime.mail_settings import MailSettings, StartTls, mail_address, read_mail_settings, smtp_address

PUBLIC = "https://exports.school.edu"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for field in fields(MailSettings):
        monkeypatch.delenv(field.name.upper(), raising=False)
    return monkeypatch


def test_without_a_server_no_mail_is_sent_and_nothing_else_is_needed(environment: pytest.MonkeyPatch) -> None:
    assert read_mail_settings(None).server is None


def test_an_address_names_server_user_and_encryption() -> None:
    server = smtp_address("smtp://exports:a%20secret%2Fword@mail.school.edu:587")
    assert (server.host, server.port, server.user, server.password) == (
        "mail.school.edu",
        587,
        "exports",
        "a secret/word",
    )
    assert (server.tls, server.start_tls) == (False, StartTls.REQUIRED)


@pytest.mark.parametrize(
    ("url", "port", "tls", "start_tls"),
    [
        ("smtp://mail", 25, False, StartTls.OFFERED),
        ("smtp://mail?starttls=required", 25, False, StartTls.REQUIRED),
        ("smtp://u:p@mail/?starttls=never", 25, False, StartTls.NEVER),
        ("smtps://mail", 465, True, StartTls.OFFERED),
        ("smtp://[::1]:2525", 2525, False, StartTls.OFFERED),
    ],
)
def test_ports_and_encryption_have_defaults(url: str, port: int, tls: bool, start_tls: StartTls) -> None:
    server = smtp_address(url)
    assert (server.port, server.tls, server.start_tls) == (port, tls, start_tls)


@pytest.mark.parametrize(
    "url",
    [
        "mail.school.edu:25",
        "http://mail",
        "smtp://",
        "smtp://u:secret@mail:port",
        "smtp://u:secret@mail/path",
        "smtp://u:secret@mail?starttls=perhaps",
        "smtp://u:secret@mail?verify=no",
        "smtp://u:secret@mail?ca=/nowhere/ca.pem",
        "smtp://u:secret@[::1",
        "smtp://u:secret@mail?nonsense",
    ],
)
def test_a_mistake_in_the_address_ends_the_start_without_the_password(
    environment: pytest.MonkeyPatch, url: str
) -> None:
    environment.setenv("SMTP_URL", url)
    environment.setenv("MAIL_FROM", "exports@school.edu")
    with pytest.raises(Mistakes, match=r"^SMTP_URL: ") as caught:
        read_mail_settings(PUBLIC)
    assert "secret" not in str(caught.value)


def test_mail_needs_a_sender_and_an_address_for_its_links(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SMTP_URL", "smtp://mail")
    with pytest.raises(Mistakes, match="MAIL_FROM"):
        read_mail_settings(PUBLIC)
    environment.setenv("MAIL_FROM", "Content Exports <exports@school.edu>")
    with pytest.raises(Mistakes, match="PUBLIC_URL"):
        read_mail_settings(None)
    assert read_mail_settings(PUBLIC).server == smtp_address("smtp://mail")


@pytest.mark.parametrize("text", ["exports", "a@b, c@d", "zoë@school.edu", "<>", "a@b\nBcc: c@d"])
def test_the_sender_is_one_address_in_ascii(environment: pytest.MonkeyPatch, text: str) -> None:
    environment.setenv("MAIL_FROM", text)
    with pytest.raises(Mistakes, match="MAIL_FROM: must be an e-mail address"):
        read_mail_settings(PUBLIC)


def test_an_address_may_have_a_name() -> None:
    address = mail_address('"Lovelace, Ada" <ada@school.edu>')
    assert (address.display_name, address.addr_spec) == ("Lovelace, Ada", "ada@school.edu")


def test_no_text_of_the_settings_has_the_password(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.setenv("SMTP_URL", "smtp://u:secret@mail")
    environment.setenv("MAIL_FROM", "exports@school.edu")
    settings = read_mail_settings(PUBLIC)
    assert "secret" not in f"{settings!r} {settings.server!r}"
