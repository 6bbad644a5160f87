"""A database with a standby: the host is used that answers and can be written to."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from shared.adapters.postgres.hosts import connect, host_urls

BOTH = "postgresql://u:p%2Cw@first:1,second:2/d?target_session_attrs=read-write"
FIRST = "postgresql://u:p%2Cw@first:1/d?target_session_attrs=read-write"
SECOND = "postgresql://u:p%2Cw@second:2/d?target_session_attrs=read-write"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u@h:1/d",
        "postgres:///d?host=/run/postgresql",
        "postgresql://h/d?host=a,b",
        "postgresql://u:a,b@h/d",
    ],
)
def test_an_address_with_one_host_stays_as_it_is(url: str) -> None:
    assert host_urls(url) == (url,)


def test_an_address_with_several_hosts_is_one_address_for_each() -> None:
    assert host_urls(BOTH) == (FIRST, SECOND)


class FakeHosts:
    """What each host raises, by its address; one without an error takes the connection."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, errors: dict[str, Exception]) -> None:
        self.errors, self.limits = errors, list[float | None]()
        monkeypatch.setattr(asyncpg, "connect", self.connect)

    async def connect(self, url: str, **options: Any) -> str:
        self.limits.append(options.get("timeout"))
        if url in self.errors:
            raise self.errors[url]
        return url


AWAY = [
    ConnectionRefusedError(),
    TimeoutError(),
    asyncpg.CannotConnectNowError("starting up"),
    asyncpg.exceptions.TargetServerAttributeNotMatched("a standby"),
]


@pytest.mark.parametrize("error", AWAY)
async def test_a_host_that_is_away_or_a_standby_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    hosts = FakeHosts(monkeypatch, {FIRST: error})
    assert await connect(BOTH, command_timeout=60.0) == SECOND
    assert all(limit is not None and limit < 10 for limit in hosts.limits), "a frozen host leaves time for the next"


async def test_the_error_of_the_last_host_is_raised_when_none_takes_the_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    FakeHosts(monkeypatch, {FIRST: ConnectionRefusedError(), SECOND: AWAY[-1]})
    with pytest.raises(asyncpg.exceptions.TargetServerAttributeNotMatched):
        await connect(BOTH)


async def test_a_password_that_a_host_refuses_is_an_error_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    hosts = FakeHosts(monkeypatch, {FIRST: asyncpg.InvalidPasswordError("wrong")})
    with pytest.raises(asyncpg.InvalidPasswordError):
        await connect(BOTH)
    assert len(hosts.limits) == 1
