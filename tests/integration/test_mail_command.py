"""`content-exports mail` says whether the settings of mail work, and what the server answers if they do not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from typer.testing import CliRunner, Result

from services.cli.__main__ import app
from tests.support.mail_server import MailServer, mail_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServer]:
    with mail_server(tmp_path_factory.mktemp("mails")) as running:
        yield running


def run(address: str, **settings: str | None) -> Result:
    env = {"MAIL_FROM": "exports@school.edu", "PUBLIC_URL": "https://exports.school.edu", **settings}
    return CliRunner().invoke(app, ["mail", address], env=env)


def test_a_mail_arrives_by_the_settings_of_the_environment(server: MailServer) -> None:
    result = run("ada@school.edu", SMTP_URL=server.url)
    assert (result.exit_code, result.output.strip()) == (0, "the mail server took the mail")
    assert [mail["To"] for mail in server.mails()] == ["ada@school.edu"]


@pytest.mark.parametrize(
    ("address", "smtp_url", "code", "reason"),
    [
        ("unknown@school.edu", "{url}", 1, "550 5.1.1 no such user here"),
        ("ada@school.edu", "smtp://127.0.0.1:1", 1, "did not take the mail"),
        ("ada@school.edu", "smtp://exports:secret@{host}", 1, "STARTTLS"),
        ("ada@school.edu", "", 78, "SMTP_URL: is missing"),
        ("ada@school.edu", "http://mail", 78, "SMTP_URL: not an address"),
        ("ada", "{url}", 2, "e-mail address"),
    ],
)
def test_what_does_not_work_is_named_without_the_password(
    server: MailServer, address: str, smtp_url: str, code: int, reason: str
) -> None:
    result = run(address, SMTP_URL=smtp_url.format(url=server.url, host=f"127.0.0.1:{server.port}"))
    assert (result.exit_code, reason in result.output) == (code, True), result.output
    assert "secret" not in result.output
