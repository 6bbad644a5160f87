"""Which refusals of the broker end a process, and which are tried again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest
from aio_pika.exceptions import ChannelNotFoundEntity, ChannelPreconditionFailed, ProbableAuthenticationError
from structlog.testing import capture_logs

from shared.adapters.rabbitmq import connection
from shared.adapters.rabbitmq.connection import keep_connected
from shared.adapters.rabbitmq.topology import declare
from shared.contracts.topology import EXCHANGES, LOADS, QUEUES, plan_queue
from shared.domain.errors import BrokerUnavailable
from shared.domain.export import ExportType
from shared.runtime.environment import Mistakes

REFUSED = Mistakes(["AMQP_URL: refused"])
AWAY = BrokerUnavailable()
REFUSES = ProbableAuthenticationError("wrong password")


class FakeBroker:
    """Meets each connection with the next of these answers; None is one that it accepts."""

    def __init__(self, *answers: Exception | None) -> None:
        self.answers = list(answers)
        self.stopping = asyncio.Event()

    @asynccontextmanager
    async def open(self, amqp_url: str, queues: object) -> AsyncIterator[None]:
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


class FakeNodes:
    """Nodes of a cluster by their addresses: what each raises; one without an error takes the connection."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **errors: Exception) -> None:
        self.errors, self.asked = errors, list[str]()
        monkeypatch.setattr(connection.aio_pika, "connect", self.connect)

    async def connect(self, address: str, **_: float) -> str:
        name = urlsplit(address).hostname or ""
        self.asked.append(name)
        if name in self.errors:
            raise self.errors[name]
        return name


THREE = ("amqp://one", "amqp://two", "amqp://three")


async def test_each_node_of_a_cluster_is_tried_until_one_takes_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    nodes = FakeNodes(monkeypatch, one=ConnectionRefusedError(), three=TimeoutError())
    for _ in range(20):
        assert await connection._connect_to_one(THREE) == "two"  # type: ignore[comparison-overlap]  # a fake
    assert {"one", "three"} < set(nodes.asked), "they are tried in random order"


async def test_a_cluster_of_which_no_node_answers_is_away_though_one_refuses_the_user(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    FakeNodes(monkeypatch, one=REFUSES, two=ConnectionRefusedError(), three=REFUSES)
    with pytest.raises(BrokerUnavailable):
        await connection._connect_to_one(THREE)


async def test_a_user_whom_every_node_refuses_is_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    nodes = FakeNodes(monkeypatch, one=REFUSES, two=REFUSES, three=REFUSES)
    with pytest.raises(Mistakes, match="AMQP_URL"):
        await connection._connect_to_one(THREE)
    assert sorted(nodes.asked) == ["one", "three", "two"]


class FakeChannel:
    """A channel of a broker that refuses to declare some queues."""

    def __init__(self, refusals: dict[str, Exception]) -> None:
        self.refusals, self.declared = refusals, set[str]()

    async def channel(self) -> FakeChannel:
        return self

    async def close(self) -> None:
        pass

    async def declare_exchange(self, name: str, *_: object, **__: object) -> None:
        self.declared.add(name)

    async def declare_queue(self, name: str, **_: object) -> FakeChannel:
        if name in self.refusals:
            raise self.refusals[name]
        self.declared.add(name)
        return self

    async def bind(self, *_: object) -> None:
        pass


async def test_a_queue_whose_node_is_away_is_a_warning_and_one_with_other_arguments_an_error() -> None:
    refusals = {
        plan_queue(ExportType.ZIP): ChannelNotFoundEntity("home node of durable queue is down"),
        LOADS: ChannelPreconditionFailed("inequivalent arg"),
    }
    channel = FakeChannel(refusals)
    with capture_logs() as logs:
        await declare(channel, QUEUES, EXCHANGES)  # type: ignore[arg-type]  # a fake
    assert {(each["event"], each["log_level"], each["name"]) for each in logs} == {
        ("queue_away", "warning", plan_queue(ExportType.ZIP)),
        ("topology_differs", "error", LOADS),
    }
    assert {queue.name for queue in QUEUES} - channel.declared <= {LOADS, plan_queue(ExportType.ZIP)}
