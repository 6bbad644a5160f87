"""What is declared on the broker is part of the contract: each argument of each queue of commands."""

from __future__ import annotations

from shared.contracts.topology import (
    COMMANDS,
    CONTENT_COMMANDS,
    DEAD,
    EXCHANGES,
    EXPORT_COMMANDS,
    QUEUES,
    exchanges_of,
    plan_queue,
    queues_named,
)
from shared.domain.export import ExportType

QUEUE = {queue.name: queue for queue in QUEUES}


def test_commands_arrive_at_a_topic_exchange_and_dead_letters_at_a_fanout() -> None:
    types = {exchange.name: exchange.type for exchange in EXCHANGES}
    assert (types[COMMANDS], types[DEAD]) == ("topic", "fanout")


def test_queues_of_commands_are_quorum_queues_whose_messages_end_among_the_dead_letters() -> None:
    for name in (EXPORT_COMMANDS, CONTENT_COMMANDS):
        arguments = QUEUE[name].arguments
        assert arguments["x-queue-type"] == "quorum"
        assert arguments["x-delivery-limit"] == 20
        assert arguments["x-dead-letter-exchange"] == "content_exports.dead"


def test_commands_about_content_have_one_consumer_at_a_time() -> None:
    assert QUEUE[CONTENT_COMMANDS].arguments["x-single-active-consumer"] is True
    assert "x-single-active-consumer" not in QUEUE[EXPORT_COMMANDS].arguments


def test_each_command_reaches_its_queue() -> None:
    assert {key for source, key in QUEUE[EXPORT_COMMANDS].bindings if source == COMMANDS} == {
        "export.request",
        "export.cancel",
        "export.retry",
    }
    assert {key for source, key in QUEUE[CONTENT_COMMANDS].bindings if source == COMMANDS} == {
        "content.*.upsert",
        "content.*.delete",
        "content.sync",
    }


def test_queues_of_earlier_releases_are_declared_as_they_were() -> None:
    arguments = {
        "x-queue-type": "quorum",
        "x-delivery-limit": 20,
        "x-dead-letter-exchange": "content_exports.dead",
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
    for name in ("common_cartridge", "qti", "zip"):
        assert QUEUE[f"content_exports.{name}"].arguments == arguments
        assert QUEUE[f"content_exports.{name}"].bindings == (("content_exports", name),)
    assert QUEUE[DEAD].arguments == {"x-queue-type": "quorum"}


def test_a_process_declares_the_queues_that_it_names_their_exchanges_and_where_dead_letters_go() -> None:
    queues = queues_named(EXPORT_COMMANDS)
    assert [each.name for each in queues] == [EXPORT_COMMANDS, DEAD]
    assert {each.name for each in exchanges_of(queues)} == {COMMANDS, DEAD}
    assert [each.name for each in queues_named(DEAD)] == [DEAD]
    plans = queues_named(plan_queue(ExportType.ZIP))
    assert [each.name for each in plans] == ["content_exports.plans.zip"], "they have no dead letters"


def test_a_queue_and_the_earlier_ones_that_it_replaces_have_names_of_their_own() -> None:
    names = [name for queue in QUEUES for name in (queue.name, *queue.earlier)]
    assert len(names) == len(set(names))
