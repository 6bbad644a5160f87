"""Mail is sent where the settings name a server, and not at all otherwise."""

from __future__ import annotations

import subprocess
import sys
from contextlib import AsyncExitStack
from typing import cast

import pytest

from services.notifier.mail.opening import open_mail, reminders_of
from shared.adapters.postgres.pool import Pool
from shared.domain.notices.deliveries import ChannelName
from shared.runtime.mail_settings import read_mail_settings
from shared.runtime.settings import Settings

NO_POOL = cast("Pool", None)
SETTINGS = Settings(
    database_url="postgresql://db/exports", secret_key=("k" * 32,), public_url="https://exports.school.edu/"
)


async def test_without_a_server_there_is_no_channel_and_no_reminder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SMTP_URL", raising=False)
    mail = read_mail_settings(SETTINGS.public_url)
    async with AsyncExitStack() as stack:
        assert await open_mail(SETTINGS, mail, NO_POOL, stack) is None
    assert reminders_of(SETTINGS, mail, NO_POOL).within_s == 0.0


async def test_with_a_server_there_is_the_channel_of_mail_and_a_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_URL", "smtp://127.0.0.1:1")
    monkeypatch.setenv("MAIL_FROM", "Exports <exports@school.edu>")
    monkeypatch.setenv("MAIL_REPLY_TO", "help@school.edu")
    mail = read_mail_settings(SETTINGS.public_url)
    async with AsyncExitStack() as stack:
        channel = await open_mail(SETTINGS, mail, NO_POOL, stack)
    assert channel is not None
    assert channel.name is ChannelName.MAIL
    assert reminders_of(SETTINGS, mail, NO_POOL).within_s == 48 * 3600


def test_a_notifier_imports_no_library_of_mail_before_there_is_a_server() -> None:
    code = "import sys, services.notifier.__main__; print(sorted({'aiosmtplib', 'babel', 'jinja2'} & set(sys.modules)))"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed == "[]\n"
