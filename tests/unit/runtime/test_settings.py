"""Settings come from the environment, and a mistake in one ends the process with a line that names it."""

from __future__ import annotations

from dataclasses import fields

import pytest

from shared.runtime.settings import Settings, read_settings

NEW, OLD = "n" * 32, "o" * 32


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for field in fields(Settings):
        monkeypatch.delenv(field.name.upper(), raising=False)
    monkeypatch.setenv("DATABASE_URL", "postgresql://exports@db:5432/exports")
    monkeypatch.setenv("SECRET_KEY", f"{NEW}, {OLD}")
    return monkeypatch


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("DATABASE_URL", "postgres:///exports?host=/run/postgresql", "postgres:///exports?host=/run/postgresql"),
        ("AMQP_URL", "amqps://user:word@mq:5671/%2F", "amqps://user:word@mq:5671/%2F"),
        ("AMQP_URL", "amqp://u@mq1:1/,amqp://u@mq2/ amqp://u@mq3/", "amqp://u@mq1:1/,amqp://u@mq2/ amqp://u@mq3/"),
        (
            "DATABASE_URL",
            "postgresql://u@a:1,b:2/d?target_session_attrs=read-write",
            "postgresql://u@a:1,b:2/d?target_session_attrs=read-write",
        ),
        ("PUBLIC_URL", "https://exports.example.edu:8443/", "https://exports.example.edu:8443/"),
        ("PUBLIC_URL", "", None),
        ("PROGRESS_URL", "http://[::1]:8081", "http://[::1]:8081"),
        ("LOG_LEVEL", "warning", "WARNING"),
        ("SECRET_KEY", f"{NEW},{OLD}, ", (NEW, OLD)),
        ("EXPIRE_AFTER_DAYS", "0.5", 0.5),
    ],
)
def test_a_setting_is_read_from_its_variable(
    environment: pytest.MonkeyPatch, name: str, value: str, read: object
) -> None:
    environment.setenv(name, value)
    assert getattr(read_settings(), name.lower()) == read


@pytest.mark.parametrize(
    ("name", "value", "reported"),
    [
        ("DATABASE_URL", "mysql://db/exports", "postgresql://"),
        ("DATABASE_URL", "nonsense", "postgresql://"),
        ("AMQP_URL", "http://mq/", "amqp://"),
        ("AMQP_URL", "amqp:///", "amqp://"),
        ("AMQP_URL", "amqp://mq1/,mq2", "amqp://"),
        ("AMQP_URL", " , ", "amqp://"),
        ("PUBLIC_URL", "exports.example.edu", "https://"),
        ("PROGRESS_URL", "http://[::1", "Invalid IPv6"),
        ("CANVAS_URL", "//canvas.example.edu", "https://"),
        ("LOG_LEVEL", "loud", "WARNING"),
        ("HTTP_PORT", "99999", "65535"),
        ("SECRET_KEY", "short", "32 bytes"),
        ("SECRET_KEY", f"{NEW},short", "32 bytes"),
        ("SECRET_KEY", " , ", "32 bytes"),
    ],
)
def test_a_mistake_in_a_setting_ends_the_process_with_a_line_that_names_it(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str, reported: str
) -> None:
    environment.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        read_settings()
    assert ended.value.code == 78, "EX_CONFIG"
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{name}: ")
    assert reported in line


def test_every_mistake_is_reported_at_once(environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    environment.delenv("DATABASE_URL")
    environment.setenv("SLOTS", "0")
    with pytest.raises(SystemExit):
        read_settings()
    assert [line.partition(":")[0] for line in capsys.readouterr().err.splitlines()] == ["DATABASE_URL", "SLOTS"]
