"""What tests share: servers of their own."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import settings

from tests.support.servers import SessionServers, session_servers

# A shell starts what runs in its background with SIGINT ignored, and every process of the tests would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Machines are shared: no test is a matter of milliseconds. `--hypothesis-profile thorough` tries more examples.
settings.register_profile("thorough", deadline=None, max_examples=1000)
settings.register_profile("untimed", deadline=None, max_examples=30)
settings.load_profile("untimed")

# Until a test sets logs up as a service does: a traceback in colours, with the values of all names, costs half a second.
structlog.configure([structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)])


@pytest.fixture(scope="session")
def servers() -> Iterator[SessionServers]:
    """PostgreSQL and RabbitMQ, started when the first test asks for them."""
    with session_servers() as found:
        yield found


@pytest.fixture(scope="session")
def database_url(servers: SessionServers) -> Iterator[str]:
    """A database of this session, empty: a test that needs tables applies the migrations."""
    with servers.database() as url:
        yield url


@pytest.fixture(scope="session")
def amqp_url(servers: SessionServers) -> str:
    """The session's broker."""
    return servers.amqp_url
