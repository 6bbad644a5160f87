"""Commands about exports: what they create, what they are answered, and what becomes of those that are wrong."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import aio_pika
import msgspec
import pytest

from shared.adapters.postgres.audit_log import AuditLog
from shared.adapters.postgres.pool import Pool
from shared.adapters.postgres.services import Services
from shared.commands.inbox import Inbox
from shared.domain.audit import OPERATOR, AuditFilter
from shared.domain.export import ExportType, WorkflowState
from shared.domain.services import Right, Service
from tests.support.school import School
from tests.support.service_client import ServiceClient

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def wanted(people: School, **more: Any) -> tuple[str, dict[str, Any]]:
    """(a course, a request of its teacher)."""
    course = await people.course(sis_course_id=more.pop("sis", None))
    teacher = await people.member(course, "teacher")
    return f"courses/{course.id}", {"export_type": "common_cartridge", "user_id": teacher.id, **more}


async def got(queue: aio_pika.abc.AbstractQueue) -> aio_pika.abc.AbstractIncomingMessage:
    """The next message of a queue, acknowledged."""
    for _ in range(400):
        if (message := await queue.get(fail=False)) is not None:
            await message.ack()
            return message
        await asyncio.sleep(0.05)
    raise AssertionError(f"{queue.name} is empty")


async def test_a_request_is_the_same_export_as_over_http(
    inbox: Inbox, client: ServiceClient, people: School, pool: Pool, sender: str
) -> None:
    course, data = await wanted(people, select={"pages": [1]}, skip_notifications=True, version="1.3", future=1)
    attributes = {"subject": course, "traceparent": TRACE}
    reply = await client.ask("export.request.v1", data, attributes=attributes, correlation_id=None)
    assert (reply["type"], reply["source"], reply["subject"]) == ("export.accepted.v1", "/content_exports", course)
    shown = reply["data"]
    assert (shown["workflow_state"], shown["user_id"]) == ("created", data["user_id"])
    assert shown["progress_url"].startswith("/api/v1/progress/")
    assert [warning["code"] for warning in shown["warnings"]] == ["selected_missing"]
    export = await people.exports.find(shown["id"])
    assert export is not None
    assert export.settings.select == {"pages": [1]}
    assert (export.settings.version, export.settings.skip_notifications) == ("1.3", True)
    message = await pool.fetchval(
        "SELECT body FROM outbox WHERE body @> jsonb_build_object('export_id', $1::bigint)", export.id
    )
    assert message["traceparent"] == reply["traceparent"] == TRACE
    ((_, entry),) = await AuditLog(pool).page(AuditFilter(export_id=export.id), 5)
    assert (entry.action, entry.actor.user_id, entry.actor.token) == ("create", data["user_id"], f"service:{sender}")


@pytest.mark.parametrize("form", ["courses/{id}", "courses/sis_course_id:{sis}", "/courses/hex:sis_course_id:{hex}"])
async def test_a_context_has_every_form_of_a_path(
    inbox: Inbox, client: ServiceClient, people: School, form: str
) -> None:
    sis = f"T-{id(form)}-{form[:9]}"
    course, data = await wanted(people, sis=sis)
    context = form.format(id=course.removeprefix("courses/"), sis=sis, hex=sis.encode().hex())
    reply = await client.ask("export.request.v1", {**data, "context": context})
    assert (reply["type"], reply["subject"]) == ("export.accepted.v1", course)


async def test_groups_and_users_are_contexts_and_a_user_has_a_name_of_another_system(
    inbox: Inbox, client: ServiceClient, people: School
) -> None:
    person = await people.person()
    group = await people.group(person)
    sis = f"S-{person.id}"
    await people.people.put_user(person.id, {"sis_user_id": sis})
    for context in (f"groups/{group.id}", f"users/{person.id}", "users/self"):
        data = {"export_type": "zip", "user_id": f"sis_user_id:{sis}"}
        reply = await client.ask("export.request.v1", data, attributes={"subject": context})
        assert (reply["type"], reply["data"]["user_id"]) == ("export.accepted.v1", person.id)


async def test_the_same_source_and_id_is_the_same_export_and_another_body_is_refused(
    inbox: Inbox, client: ServiceClient, people: School, pool: Pool
) -> None:
    course, data = await wanted(people)
    subject = {"subject": course}
    first = await client.ask("export.request.v1", data, id=f"once-{course}", attributes=subject)
    again = await client.ask("export.request.v1", data, id=f"once-{course}", attributes=subject)
    assert first["data"]["estimate"]["place"] >= 1
    assert again["data"] == first["data"]
    assert again["id"] == first["id"], "the reply is the same event"
    other = await client.ask(
        "export.request.v1", {**data, "export_type": "qti"}, id=f"once-{course}", attributes=subject
    )
    assert (other["type"], other["data"]["status"], other["data"]["code"]) == (
        "export.refused.v1",
        422,
        "command_reused",
    )
    elsewhere = await client.ask("export.request.v1", data, id=f"once-{course}", source="/other", attributes=subject)
    assert elsewhere["data"]["id"] != first["data"]["id"]
    assert await pool.fetchval("SELECT count(*) FROM content_exports WHERE user_id = $1", data["user_id"]) == 2


async def test_commands_that_arrive_together_with_doubles_among_them_create_each_export_once(
    inbox: Inbox, client: ServiceClient, people: School, pool: Pool
) -> None:
    course, data = await wanted(people)
    ids = [f"together-{course}-{number % 40}" for number in range(120)]
    await asyncio.gather(
        *(client.send("export.request.v1", data, id=each, attributes={"subject": course}) for each in ids)
    )
    replies = [await client.reply(each) for each in ids]
    assert {reply["type"] for reply in replies} == {"export.accepted.v1"}
    assert len({reply["data"]["id"] for reply in replies}) == 40
    assert await pool.fetchval("SELECT count(*) FROM content_exports WHERE user_id = $1", data["user_id"]) == 40


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"export_type": "frog"}, (400, "message_not_understood", "data.export_type")),
        ({"select": "pages"}, (400, "message_not_understood", "data.select")),
        ({"select": {"pages": [[1]]}}, (400, "bad_request", "data.select[pages]")),
        ({"version": "9"}, (400, "bad_request", "data.version")),
        ({"select": {"pages": {"a": {"b": 1}}}}, (422, "nested_too_deep", "data.select[pages][a]")),
        ({"dry_run": True}, (422, "unprocessable_content", "data.dry_run")),
        ({"user_id": 2**62}, (422, "user_unknown", "data.user_id")),
        ({"user_id": "sis_user_id:nobody"}, (422, "user_unknown", "data.user_id")),
        ({"context": "frogs/1"}, (422, "unprocessable_content", "data.context")),
        ({"context": "courses/9223372036854775807"}, (404, "not_found", None)),
    ],
)
@pytest.mark.usefixtures("inbox")
async def test_a_command_that_cannot_be_carried_out_is_answered_with_the_problem_and_settled(
    client: ServiceClient,
    people: School,
    dead: aio_pika.abc.AbstractQueue,
    change: dict[str, Any],
    problem: tuple[int, str, str | None],
) -> None:
    course, data = await wanted(people)
    reply = await client.ask("export.request.v1", {**data, **change}, attributes={"subject": course})
    answered = reply["data"]
    assert reply["type"] == "export.refused.v1"
    assert (answered["status"], answered["code"], answered.get("parameter")) == problem
    assert (answered["type"], bool(answered["title"]), bool(answered["detail"])) == ("about:blank", True, True)
    assert await dead.get(fail=False) is None, "a refused command is no dead letter"


async def test_rights_are_those_of_the_user_that_the_command_names(
    inbox: Inbox, client: ServiceClient, people: School
) -> None:
    course = await people.course()
    student, stranger = await people.member(course, "student"), await people.person()
    subject = {"subject": f"courses/{course.id}"}
    for person, export_type, reply_type in (
        (student, "zip", "export.accepted.v1"),
        (student, "common_cartridge", "export.refused.v1"),
        (stranger, "zip", "export.refused.v1"),
    ):
        data = {"export_type": export_type, "user_id": person.id}
        reply = await client.ask("export.request.v1", data, attributes=subject)
        assert reply["type"] == reply_type
        assert reply["data"].get("status", 403) == 403


async def test_a_service_may_send_what_its_row_says_for_the_users_that_it_names(
    inbox: Inbox, client: ServiceClient, people: School, services: Services, sender: str
) -> None:
    course, data = await wanted(people)
    subject = {"subject": course}

    async def code(right: Right | None, as_users: frozenset[int] | None) -> str:
        if right is None:
            await services.remove(sender, OPERATOR)
        else:
            await services.put(Service(name=sender, may=frozenset({right}), as_users=as_users), OPERATOR)
        reply = await client.ask("export.request.v1", data, attributes=subject)
        return str(reply["data"].get("code", reply["type"]))

    assert await code(Right.EXPORT_REQUEST, None) == "export.accepted.v1"
    assert await code(Right.EXPORT_REQUEST, frozenset({data["user_id"]})) == "export.accepted.v1"
    assert await code(Right.EXPORT_REQUEST, frozenset({1})) == "user_not_allowed"
    assert await code(Right.CONTENT_WRITE, None) == "right_missing"
    assert await code(None, None) == "service_unknown"


async def test_a_command_without_a_validated_user_is_refused(
    inbox: Inbox, client: ServiceClient, people: School
) -> None:
    course, data = await wanted(people)
    reply = await client.ask("export.request.v1", data, attributes={"subject": course}, user_id=None)
    assert (reply["data"]["status"], reply["data"]["code"]) == (403, "sender_unknown")


async def test_an_export_is_cancelled_by_its_user_alone_and_a_finished_one_stays(
    inbox: Inbox, client: ServiceClient, people: School
) -> None:
    course, data = await wanted(people)
    export_id = (await client.ask("export.request.v1", data, attributes={"subject": course}))["data"]["id"]
    other = await people.person()
    refused = await client.ask("export.cancel.v1", {"id": export_id, "user_id": other.id})
    assert refused["data"]["status"] == 403
    for _ in range(2):
        reply = await client.ask("export.cancel.v1", {"id": export_id, "message": "moved"})
        assert (reply["data"]["workflow_state"], reply["data"]["error"]["code"]) == ("failed", "cancelled")
        assert reply["data"]["error"]["message"] == "moved"
    assert (await client.ask("export.cancel.v1", {"id": 2**62}))["data"]["status"] == 404


async def test_a_failed_export_is_retried_once_by_a_command_however_often_it_arrives(
    inbox: Inbox, client: ServiceClient, people: School
) -> None:
    course, data = await wanted(people)
    export_id = (await client.ask("export.request.v1", data, attributes={"subject": course}))["data"]["id"]
    early = await client.ask("export.retry.v1", {"id": export_id})
    assert (early["data"]["status"], early["data"]["code"]) == (409, "conflict")
    await people.exports.cancel(export_id, "gone")
    retries = [await client.ask("export.retry.v1", {"id": export_id}, id=f"retry-{export_id}") for _ in range(2)]
    assert retries[0]["data"]["retry_of"] == export_id
    assert retries[0]["data"]["id"] == retries[1]["data"]["id"]
    beside = await client.ask("export.retry.v1", {"id": export_id})
    assert beside["data"]["id"] == retries[0]["data"]["id"], "a live retry is the retry of all"


async def test_what_cannot_be_understood_is_a_dead_letter_with_a_reason_and_is_answered(
    inbox: Inbox, client: ServiceClient, people: School, dead: aio_pika.abc.AbstractQueue, sender: str
) -> None:
    await client.publish(b"not json", "export.request", message_id="m1", correlation_id="c1")
    await client.send("export.frobnicate.v1", {}, key="export.cancel", id="m2")
    for correlation_id in ("c1", "m2"):
        reply = await client.reply(correlation_id)
        assert (reply["type"], reply["data"]["status"]) == ("export.refused.v1", 400)
    letters = [await got(dead) for _ in range(2)]
    for letter in letters:
        assert letter.headers["x-code"] == "message_not_understood"
        assert letter.headers["x-user-id"] == sender
        assert len(str(letter.headers["x-reason"])) > 20
    assert {letter.body[:8] for letter in letters} >= {b"not json"}


async def test_a_reply_goes_to_no_queue_of_another(
    inbox: Inbox, client: ServiceClient, people: School, pool: Pool, sender: str
) -> None:
    course, data = await wanted(people)
    theirs = await client.channel.declare_queue(f"other.{course}".replace("/", "."), exclusive=True)
    own = await client.channel.declare_queue(f"{sender}.{course}".replace("/", "."), exclusive=True)
    subject = {"subject": course}
    for queue in (theirs, own):
        await client.send("export.request.v1", data, id=queue.name, attributes=subject, reply_to=queue.name)
    message = await got(own)
    assert (message.correlation_id, msgspec.json.decode(message.body)["type"]) == (own.name, "export.accepted.v1")
    assert await theirs.get(fail=False) is None
    assert await pool.fetchval("SELECT count(*) FROM content_exports WHERE user_id = $1", data["user_id"]) == 2


async def test_a_command_in_binary_mode_is_understood(inbox: Inbox, client: ServiceClient, people: School) -> None:
    course, data = await wanted(people)
    headers = {
        f"cloudEvents:{name}": value
        for name, value in {
            "specversion": "1.0",
            "id": f"binary-{course}",
            "source": "/sis",
            "type": "export.request.v1",
            "subject": course,
        }.items()
    }
    await client.publish(
        msgspec.json.encode(data), "export.request", headers=headers, content_type="application/json", message_id="b1"
    )
    assert (await client.reply("b1"))["type"] == "export.accepted.v1"


async def test_an_export_by_a_command_can_be_retried_over_http_like_any_other(
    inbox: Inbox, client: ServiceClient, people: School
) -> None:
    course, data = await wanted(people, export_type="zip")
    export_id = (await client.ask("export.request.v1", data, attributes={"subject": course}))["data"]["id"]
    await people.exports.cancel(export_id, "gone")
    export = await people.exports.find(export_id)
    assert export is not None
    assert (export.workflow_state, export.export_type) == (WorkflowState.FAILED, ExportType.ZIP)


async def test_commands_of_operators_come_from_our_own_user_and_name_their_sender(
    inbox: Inbox, client: ServiceClient, people: School, services: Services, sender: str
) -> None:
    inbox.judge.senders = replace(inbox.judge.senders, own_user=sender)
    course, data = await wanted(people)
    await services.put(Service(name="sis", may=frozenset({Right.EXPORT_REQUEST})), OPERATOR)
    subject = {"subject": course}
    named = await client.ask("export.request.v1", data, attributes=subject, headers={"x-user-id": "sis"})
    assert named["type"] == "export.accepted.v1"
    unnamed = await client.ask("export.request.v1", data, attributes=subject)
    assert unnamed["data"]["code"] == "sender_unknown"
