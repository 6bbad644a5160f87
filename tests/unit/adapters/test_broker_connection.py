"""Which refusals of the broker end a process, and which are tried again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from shared.adapters.rabbitmq import connection
from shared.adapters.rabbitmq.connection import keep_connected, with_heartbeat
from shared.domain.errors import BrokerUnavailable
from shared.runtime.environment import Mistakes

REFUSED = Mistakes(["AMQP_URL: refused"])
AWAY = BrokerUnavailable()


class FakeBroker:
    """Meets each connection with the next of these answers; None is one that it accepts."""

    def __init__(self, *answers: Exception | None) -> None:
        self.answers = list(answers)
        self.stopping = asyncio.Event()

    @asynccontextmanager
    async def open(self, amqp_url: str) -> AsyncIterator[None]:
        answer = self.answers.pop(0)
        if answer is not None:
            raise answer
        yield

    async def use(self, _: object) -> None:
        """Lose the connection; or be stopped, where the last answer was given."""
        if not self.answers:
            self.stopping.set()
            return
        raise AWAY


async def keep(broker: FakeBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "open_broker", broker.open)
    monkeypatch.setattr(connection, "_RECONNECT_S", 0.001)
    await keep_connected("amqp://host", broker.stopping, broker.use)


async def test_a_broker_that_refuses_the_first_connection_ends_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    broker = FakeBroker(AWAY, AWAY, REFUSED, None)
    with pytest.raises(Mistakes, match="AMQP_URL"):
        await keep(broker, monkeypatch)
    assert broker.answers == [None]


async def test_a_broker_that_refuses_after_a_connection_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    broker = FakeBroker(None, REFUSED, AWAY, REFUSED, None)
    await keep(broker, monkeypatch)
    assert broker.answers == []


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("amqp://user:a%2Fb@host:1/vhost", "amqp://user:a%2Fb@host:1/vhost?heartbeat=4"),
        ("amqps://host/?verify=0", "amqps://host/?verify=0&heartbeat=4"),
        ("amqp://host/?heartbeat=30", "amqp://host/?heartbeat=30"),
    ],
)
def test_a_broker_is_asked_for_a_heartbeat_every_four_seconds_unless_its_address_says_otherwise(
    address: str, expected: str
) -> None:
    assert with_heartbeat(address) == expected
