"""The tool of operators on the running system, by the command line over HTTP: what each command does, and that it is audited."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aio_pika
import pytest

from shared.contracts.topology import REQUESTS
from tests.support.campus import Campus
from tests.support.client import Client
from tests.support.console import invoke
from tests.support.stack import Stack


class Operator:
    """A site admin with a URL and a token alone."""

    def __init__(self, stack: Stack) -> None:
        self.stack, self.token = stack, stack.token(1, "--site-admin")

    def run(self, *words: str, exit_code: int = 0) -> Any:
        """The JSON that a command prints."""
        done = invoke(*words, "--json", "--url", self.stack.base_url, "--token", self.token)
        assert done.exit_code == exit_code, done.output
        return json.loads(done.stdout)

    def audited(self, *actions: str) -> bool:
        rows = self.run("audit", "--limit", "100")
        return set(actions) <= {row["action"] for row in rows}


@pytest.fixture(scope="module")
def operator(stack: Stack) -> Operator:
    return Operator(stack)


@pytest.fixture
def course(campus: Campus) -> int:
    return campus.course("--name", "Tides")


def test_a_paused_export_waits_says_so_and_is_ended_or_goes_on(operator: Operator, admin: Client, course: int) -> None:
    context = f"courses/{course}"
    assert operator.run("quarantine", "add", context, "--reason", "It ends its workers.", "--dry-run")["changed"]
    assert operator.run("quarantine", "list") == []
    assert operator.run("quarantine", "add", context, "--reason", "It ends its workers.")["changed"]
    first, second = (admin.create(course, "common_cartridge") for _ in range(2))
    shown = admin.show(course, first["id"])
    assert (shown["workflow_state"], shown["paused"]["code"]) == ("created", "quarantined")
    assert shown["paused"]["message"].endswith("It ends its workers.")
    assert [each["context"] for each in operator.run("quarantine")] == [context]
    assert [each["outcome"] for each in operator.run("requeue", str(first["id"]))] == ["sent_again"]
    ids = (str(first["id"]), str(second["id"]))
    assert operator.run("fail", *ids, "--reason", "Too large.", "--dry-run")[1]["outcome"] == "ended"
    operator.run("fail", ids[0], "--reason", "Too large.")
    assert operator.run("cancel", ",".join(ids), exit_code=1)[0]["outcome"] == "finished"
    ended = [admin.show(course, each["id"])["error"] for each in (first, second)]
    assert [each["code"] for each in ended] == ["failed_by_admin", "cancelled"]
    assert ended[0]["message"] == "Too large."
    again = ("retry", "--code", "failed_by_admin", "--since", "1h", "--context", context)
    assert operator.run(*again, "--dry-run")["retried"] == [{"failed_id": first["id"], "id": None}]
    (pair,) = operator.run(*again)["retried"]
    assert operator.run(*again)["retried"] == []
    operator.run("quarantine", "remove", context)
    assert admin.finished(admin.show(course, pair["id"]))["workflow_state"] == "exported"
    assert operator.run("resume", "--context", context, exit_code=1)["error"] == "This is not paused."
    assert operator.audited("quarantine", "end_quarantine", "requeue", "fail", "cancel", "retry")


def test_a_worker_that_drains_builds_nothing_more_until_that_is_undone(
    operator: Operator, admin: Client, course: int
) -> None:
    workers = [each["name"] for each in operator.run("workers") if each["export_type"] == "common_cartridge"]
    assert workers
    try:
        for name in workers:
            operator.run("drain", name)
        waiting = admin.create(course, "common_cartridge")
        draining = [each for each in operator.run("workers") if each["name"] in workers]
        assert all(each["draining_since"] and each["version"] for each in draining)
        assert admin.show(course, waiting["id"])["workflow_state"] == "created"
    finally:
        for name in workers:
            operator.run("drain", name, "--undo")
    assert admin.finished(waiting)["workflow_state"] == "exported"
    assert operator.audited("drain", "end_drain")
    assert "There is no worker" in operator.run("drain", "nobody", exit_code=1)["error"]


def test_a_dead_letter_is_listed_and_dropped_without_the_address_of_the_broker(
    operator: Operator, stack: Stack
) -> None:
    async def send() -> None:
        async with await aio_pika.connect(stack.servers.amqp_url) as connection:
            exchange = await (await connection.channel()).get_exchange(REQUESTS, ensure=False)
            await exchange.publish(aio_pika.Message(b"?", message_id="of-operators"), "qti")

    asyncio.run(send())
    for _ in range(100):
        letters = [each for each in operator.run("dead", "list") if each["message_id"] == "of-operators"]
        if letters:
            break
    (letter,) = letters
    assert operator.run("dead", "show", letter["id"])["body"] == "?"
    assert operator.run("dead", "drop", letter["id"]) == {"dropped": [letter["id"]], "more": False}
    assert "There is no dead letter" in operator.run("dead", "show", letter["id"], exit_code=1)["error"]
    assert operator.audited("drop_dead_letters")


def test_exports_of_all_contexts_are_listed_and_each_is_explained_by_its_attempts(
    operator: Operator, admin: Client, course: int
) -> None:
    exported = admin.finished(admin.create(course, "common_cartridge"))
    empty = admin.create(course, "common_cartridge", select={"pages": ["999"]})
    failed = admin.show(course, admin.finished(empty)["id"])
    of_course = ("exports", "--context", f"courses/{course}")
    assert [each["id"] for each in operator.run(*of_course)] == [failed["id"], exported["id"]]
    assert [each["id"] for each in operator.run(*of_course, "--state", "failed")] == [failed["id"]]
    assert [each["id"] for each in operator.run(*of_course, "--code", failed["error"]["code"])] == [failed["id"]]
    logs = operator.stack.system.stack_folder.path / "logs"
    explained = operator.run("explain", str(exported["id"]), "--logs", str(logs / "cartridge.log"))
    assert [each["event"] for each in explained["log"]][:1] == ["export_started"]
    assert {each["export_id"] for each in explained["log"]} == {exported["id"]}
    (attempt,) = explained["attempts"]
    assert (attempt["number"], attempt["outcome"]) == (1, "finished")
    assert set(attempt["phases"]) == {"prepare", "pack", "verify"}
    assert exported["id"] in [each["id"] for each in operator.run("exports", "--worker", attempt["worker"])]
    assert [each["workflow_state"] for each in explained["events"]][:2] == ["created", "exporting"]
    (attempt,) = operator.run("explain", str(failed["id"]))["attempts"]
    assert (attempt["outcome"], attempt["error_code"]) == ("failed", failed["error"]["code"])
    assert operator.run("explain", "999999999", exit_code=1)["error"]
    assert operator.audited("list", "explain")
