"""What tests share: servers of their own, and the running system for the end-to-end tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.support.servers import SessionServers, session_servers
from tests.support.stack import Stack, running_stack

settings.register_profile("untimed", deadline=None)  # machines are shared: no test is a matter of milliseconds
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def servers() -> Iterator[SessionServers]:
    """PostgreSQL and RabbitMQ, started when the first test asks for them."""
    with session_servers() as found:
        yield found


@pytest.fixture(scope="session")
def database_url(servers: SessionServers) -> Iterator[str]:
    """A database of this session, empty: whoever needs tables applies the migrations, as every service does."""
    with servers.database() as url:
        yield url


@pytest.fixture(scope="session")
def amqp_url(servers: SessionServers) -> str:
    """The session's broker."""
    return servers.amqp_url


@pytest.fixture(scope="package")
def stack(servers: SessionServers) -> Iterator[Stack]:
    """All services, for one package of tests: elsewhere their workers would take the messages of other tests."""
    with running_stack(servers) as running:
        yield running
