"""Events of exports on a real broker: the history of the log, with the properties that consumers filter by."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping

import aio_pika
import msgspec
import pytest
from aio_pika.abc import AbstractIncomingMessage, AbstractQueue

from services.gateway.events.event_relay import EventPublisher, EventRelay
from services.gateway.relay import Relay
from shared.adapters.postgres.events.event_publication import UnpublishedEvents, unpublished_events
from shared.adapters.postgres.events.relay_shards import SHARDS, RelayShards
from shared.adapters.postgres.packages.retention import Removable, Retention
from shared.adapters.postgres.pool import Pool
from shared.adapters.rabbitmq.connection import open_broker
from shared.adapters.rabbitmq.publisher import Publisher, open_publisher
from shared.contracts.cloud_events import CloudEvent, read_event
from shared.contracts.events import PROGRESS
from shared.contracts.topology import EVENTS, REQUESTS
from shared.domain.errors import BrokerUnavailable
from shared.domain.export import ContentExport
from shared.runtime.settings import Settings
from tests.support.fake_publisher import FakePublisher
from tests.support.relays import begin_at_the_end, held_shards
from tests.support.school import School


@pytest.fixture
def settings(migrated_url: str, amqp_url: str) -> Settings:
    return Settings(database_url=migrated_url, amqp_url=amqp_url, store_url="unused", secret_key=("k",))


@pytest.fixture
async def publisher(amqp_url: str) -> AsyncIterator[Publisher]:
    async with open_broker(amqp_url) as broker, open_publisher(broker) as opened:
        yield opened


@pytest.fixture
async def queue(amqp_url: str, publisher: Publisher) -> AsyncIterator[AbstractQueue]:
    """A queue that nothing is bound to yet."""
    async with await aio_pika.connect(amqp_url) as connection:
        yield await (await connection.channel()).declare_queue(exclusive=True)


@pytest.fixture
async def shards(pool: Pool) -> AsyncIterator[RelayShards]:
    """All shards, with nothing to publish yet."""
    await begin_at_the_end(pool)
    async with held_shards(pool, "the relay") as held:
        yield held


async def behind(pool: Pool, shards: RelayShards, limit: int, progress: list[int]) -> UnpublishedEvents:
    return await unpublished_events(pool, await shards.held(), limit, progress, "")


@pytest.fixture
async def export(people: School, shards: RelayShards) -> ContentExport:
    course = await people.course()
    return await people.export(course, await people.member(course, "teacher"))


async def send_all(relay: EventRelay, publisher: EventPublisher) -> None:
    while await relay.send(publisher):
        pass


async def taken(queue: AbstractQueue) -> list[AbstractIncomingMessage]:
    messages = []
    while (message := await queue.get(no_ack=True, fail=False)) is not None:
        messages.append(message)
    return messages


def events(messages: list[AbstractIncomingMessage]) -> list[CloudEvent]:
    return [read_event(message.body, message.content_type, message.headers) for message in messages]


async def test_the_broker_has_the_history_of_the_log_in_its_order(
    people: School, publisher: Publisher, queue: AbstractQueue, shards: RelayShards, export: ContentExport
) -> None:
    await queue.bind(EVENTS, f"content_export.*.*.course.{export.context.id}")
    await people.whole(export, 10)
    await Retention(people.pool).give_up([Removable("expired", "k", export.id)])
    await send_all(EventRelay(people.pool, "", shards), publisher)
    messages = await taken(queue)
    logged = [event for event in await people.log.after(export.progress_id, 0) if event.name != PROGRESS]
    assert [int(event.id) for event in events(messages)] == [event.id for event in logged]
    assert [event.sequence for event in events(messages)] == ["1", "2", "3", "4"]
    assert [msgspec.json.decode(event.data) for event in events(messages)] == [
        msgspec.to_builtins(event.data) for event in logged
    ]
    kinds = ["requested", "exporting", "exported", "expired"]
    assert [message.routing_key for message in messages] == [
        f"content_export.{kind}.common_cartridge.course.{export.context.id}" for kind in kinds
    ]
    first = messages[0]
    assert (first.content_type, first.app_id) == ("application/cloudevents+json", "content_exports")
    assert (first.message_id, first.type) == (str(logged[0].id), "content_export.requested.v1")
    assert (first.correlation_id, first.delivery_mode) == ("a-request", 2)


async def test_progress_is_published_while_its_export_is_built_and_never_after_its_end(
    people: School, publisher: Publisher, queue: AbstractQueue, shards: RelayShards, export: ContentExport
) -> None:
    await queue.bind(EVENTS, f"content_export.*.*.course.{export.context.id}")
    relay, other = EventRelay(people.pool, "", shards), EventRelay(people.pool, "", RelayShards(people.pool, "another"))
    await people.start(export)
    await people.report(export, 10, 20)
    for event in await people.log.after(export.progress_id, 0):
        for each in (relay, other):
            each.progress.hear(event, time.monotonic())
    await send_all(relay, publisher)
    await send_all(other, publisher)  # the shard of the export is the first one's
    await people.report(export, 30)
    late = await people.log.newest(export.progress_id)
    assert late is not None
    relay.progress.hear(late, time.monotonic() + 2)
    await people.finish(export)
    await send_all(relay, publisher)
    sent = [
        (event.type.split(".")[1], msgspec.json.decode(event.data)["completion"])
        for event in events(await taken(queue))
    ]
    assert sent == [("requested", 0), ("exporting", 0), ("progress", 20), ("exported", 100)]


async def test_relays_share_the_shards_and_each_shard_has_one(pool: Pool, shards: RelayShards) -> None:
    alone = set(await shards.held())
    async with held_shards(pool, "another") as other:
        assert await other.held() == {}, "it is known from now on"
        kept, taken = set(await renewed(shards)), set(await renewed(other))
        assert (len(alone), len(kept), len(taken)) == (SHARDS, SHARDS // 2, SHARDS // 2)
        assert kept | taken == alone
    assert set(await renewed(shards)) == alone, "what is let go is taken at once"


async def test_the_shards_of_a_relay_that_is_lost_are_taken_after_its_lease(pool: Pool, shards: RelayShards) -> None:
    await shards.held()
    await pool.execute("UPDATE relay_shards SET leased_until = now() - interval '1 s'")
    await pool.execute("UPDATE relays SET seen_until = now() - interval '1 s'")
    async with held_shards(pool, "another") as other:
        taken = await other.held()
        assert len(taken) == SHARDS
        await shards.advance({0: 10**15})
        assert await renewed(other) == taken, "what a relay writes without its lease has no effect"


async def renewed(shards: RelayShards) -> Mapping[int, int]:
    shards.renew()
    return await shards.held()


async def test_several_relays_publish_each_event_once_and_each_context_in_its_order(
    people: School, pool: Pool, shards: RelayShards
) -> None:
    exports = [await people.export(await people.course(), await people.person()) for _ in range(SHARDS)]
    for export in exports:
        await people.start(export)
    publishers = [FakePublisher(), FakePublisher()]
    async with held_shards(pool, "another") as other:
        for each in (shards, other, shards, other):
            await renewed(each)
        for held, publisher in zip((shards, other), publishers, strict=True):
            await send_all(EventRelay(pool, "", held), publisher)
    assert all(publisher.sent for publisher in publishers)
    logged = [await people.logged(export.progress_id) for export in exports]
    sent = [int(each) for publisher in publishers for each in publisher.sent]
    assert sorted(sent) == sorted(each for of_export in logged for each in of_export)
    assert all(sent.index(first) < sent.index(second) for first, second in logged)


async def test_no_event_is_written_again(pool: Pool, shards: RelayShards, export: ContentExport) -> None:
    written = "SELECT id, xmin::text FROM export_events WHERE content_export_id = $1"
    before = await pool.fetch(written, export.id)
    publisher = FakePublisher()
    await send_all(EventRelay(pool, "", shards), publisher)
    assert publisher.sent == [str(row["id"]) for row in before]
    assert await pool.fetch(written, export.id) == before


async def test_progress_beyond_a_full_batch_of_states_waits(
    people: School, pool: Pool, shards: RelayShards, export: ContentExport
) -> None:
    await people.start(export)
    await people.report(export, 10)
    newest = await people.log.newest(export.progress_id)
    assert newest is not None
    for limit, is_there in ((1, False), (10**6, True)):
        found = await behind(pool, shards, limit, [newest.id])
        assert (newest.id in [event.id for event in found.events]) == is_there


async def test_after_a_lost_confirm_the_rest_is_published_again_in_order(
    people: School, pool: Pool, shards: RelayShards, export: ContentExport
) -> None:
    await people.start(export)
    first, second = await people.logged(export.progress_id)
    relay = EventRelay(pool, "", shards)
    losing = FakePublisher(lost={str(second)})
    with pytest.raises(BrokerUnavailable):
        await relay.send(losing)
    sound = FakePublisher()
    await send_all(relay, sound)
    own = {str(first), str(second)}
    assert [each for each in losing.sent if each in own] == [str(first), str(second)]
    assert [each for each in sound.sent if each in own] == [str(second)]


async def test_an_event_that_cannot_be_read_does_not_hold_up_those_behind_it(
    pool: Pool, people: School, shards: RelayShards, export: ContentExport
) -> None:
    await pool.execute("UPDATE export_events SET data = data - 'attempt' WHERE content_export_id = $1", export.id)
    await people.start(export)
    found = await behind(pool, shards, 10**6, [])
    assert [event.data.workflow_state for event in found.events] == ["exporting"]
    assert found.upto >= found.events[0].id


async def test_a_request_that_no_queue_takes_waits_and_holds_up_no_event(
    people: School, relay: Relay, queue: AbstractQueue
) -> None:
    course = await people.course()
    await queue.bind(EVENTS, f"content_export.requested.*.course.{course.id}")
    unroutable = await people.pool.fetchval(
        "INSERT INTO outbox (exchange, routing_key, body) VALUES ($1, 'nobody', '{}') RETURNING id", REQUESTS
    )
    await people.export(course, await people.member(course, "teacher"))
    async with queue.iterator(no_ack=True, timeout=30) as messages:
        assert (await anext(messages)).type == "content_export.requested.v1"
    assert await people.pool.fetchval("DELETE FROM outbox WHERE id = $1 RETURNING id", unroutable) == unroutable
