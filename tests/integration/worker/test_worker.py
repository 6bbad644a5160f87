"""Relay, queue and worker against a real RabbitMQ, PostgreSQL and folder store; only the builder is the tests' own."""

from __future__ import annotations

import asyncio

import aio_pika

from services.gateway.relay import Relay
from shared.adapters.object_store import package_prefix
from shared.adapters.postgres.pool import Pool
from shared.adapters.rabbitmq.connection import keep_connected
from shared.contracts.topology import DEAD
from shared.domain.export import WorkflowState
from shared.runtime.settings import Settings
from tests.support.relays import begin_at_the_end
from tests.support.school import School
from tests.support.workers import MEMBERS, Slow, a_worker, an_export, objects, quick, request, send, until_state


async def test_a_request_travels_through_the_queue_and_ends_exported(
    pool: Pool, settings: Settings, people: School, relay: Relay
) -> None:
    build = quick()
    async with a_worker(pool, settings, build):
        done = await until_state(people, await an_export(people), WorkflowState.EXPORTED, WorkflowState.FAILED)
    assert done.workflow_state is WorkflowState.EXPORTED
    assert done.attachment is not None
    assert done.attachment.entries == MEMBERS
    assert [path.relative_to(settings.store_url).as_posix() for path in objects(settings)] == [done.attachment.key]


async def test_a_redelivered_request_leaves_a_finished_export_alone(
    pool: Pool, settings: Settings, people: School, relay: Relay
) -> None:
    build = quick()
    async with a_worker(pool, settings, build):
        export = await an_export(people)
        done = await until_state(people, export, WorkflowState.EXPORTED)
        await send(settings, *[request(export.id)] * 3)
        following = await an_export(people)
        await until_state(people, following, WorkflowState.EXPORTED)
        again = await people.exports.find(export.id)
    assert again == done
    assert build.builds == 2


async def test_cancelling_stops_the_work_and_removes_its_parts(
    pool: Pool, settings: Settings, people: School, relay: Relay
) -> None:
    build = Slow()
    async with a_worker(pool, settings, build) as worker:
        export = await an_export(people)
        await asyncio.to_thread(build.started.wait, 10)
        await people.exports.cancel(export.id, "enough")
        for _ in range(100):
            if not worker.running:
                break
            await asyncio.sleep(0.05)
        assert not worker.running, "the work must really stop"
        assert objects(settings) == []
    cancelled = await people.exports.find(export.id)
    assert cancelled is not None
    assert (cancelled.workflow_state, cancelled.error_code) == (WorkflowState.FAILED, "cancelled")


async def test_a_worker_that_ends_hands_back_what_it_cannot_finish_and_another_finishes_it(
    pool: Pool, settings: Settings, people: School, relay: Relay
) -> None:
    build = Slow()
    async with a_worker(pool, settings, build):
        export = await an_export(people)
        await asyncio.to_thread(build.started.wait, 10)
    handed_back = await people.exports.find(export.id)
    assert handed_back is not None
    assert handed_back.workflow_state is WorkflowState.EXPORTING
    assert objects(settings) == []
    build.go.set()
    await send(settings, request(export.id))
    async with a_worker(pool, settings, build):
        done = await until_state(people, export, WorkflowState.EXPORTED)
    assert (done.attempt, done.tries) == (2, 1)
    assert done.attachment is not None
    assert done.attachment.key.startswith(f"{package_prefix(export.id)}2/")
    assert len(objects(settings)) == 1


async def test_a_message_that_cannot_be_understood_goes_to_the_dead_letters(
    pool: Pool, settings: Settings, people: School, relay: Relay
) -> None:
    build = quick()
    async with a_worker(pool, settings, build):
        await send(settings, b"no json")
        done = await until_state(people, await an_export(people), WorkflowState.EXPORTED)
    assert done.workflow_state is WorkflowState.EXPORTED
    connection = await aio_pika.connect(settings.amqp_url)
    async with connection:
        channel = await connection.channel()
        dead = await (await channel.get_queue(DEAD)).get(timeout=5)
        assert dead is not None
        assert dead.body == b"no json"
        await dead.ack()


async def test_every_state_change_reaches_the_events_exchange_once_and_in_order(
    pool: Pool, settings: Settings, people: School
) -> None:
    await begin_at_the_end(pool)
    connection = await aio_pika.connect(settings.amqp_url)
    async with connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(exclusive=True)
        await channel.declare_exchange("content_exports.events", "topic", durable=True)
        for what in ("requested", "exporting", "exported"):
            await queue.bind("content_exports.events", f"content_export.{what}.#")
        stopping, build = asyncio.Event(), quick()
        relay = Relay(pool, settings, stopping, asyncio.Event())
        relaying = asyncio.create_task(keep_connected(settings.amqp_url, stopping, relay.pump))
        async with a_worker(pool, settings, build):
            export = await an_export(people)
            await until_state(people, export, WorkflowState.EXPORTED)
            states = []
            while len(states) < 3:
                message = await queue.get(timeout=5, fail=False)
                if message is None:
                    await asyncio.sleep(0.05)
                    continue
                states.append(message.routing_key)
                await message.ack()
        stopping.set()
        await relaying
    place = f"{export.export_type.value}.course.{export.context.id}"
    assert states == [f"content_export.{what}.{place}" for what in ("requested", "exporting", "exported")]
