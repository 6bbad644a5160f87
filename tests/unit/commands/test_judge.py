"""What becomes of a command: carried out, refused or dead; and who may send one, for whom. No broker, no database."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.costs import Costs
from services.gateway.export_commands import ExportCommands
from services.gateway.quotas import QuotaCheck
from shared.commands.judge import CommandOutcome, Judge, Verdict
from shared.commands.senders import Senders
from shared.contracts.cloud_events import STRUCTURED
from shared.contracts.commands import ReplyType
from shared.domain.errors import DatabaseUnavailable
from shared.domain.export import WorkflowState
from shared.domain.fairness.quotas import Quotas
from shared.domain.services import Right, Service
from tests.support.fake_gateway import FakeDirectory, answered
from tests.support.gateway_without_sockets import ADMIN, COURSE, STRANGER, STUDENT, TEACHER, World

OWN = "app"
EVENT: dict[str, Any] = {
    "specversion": "1.0",
    "id": "c-1",
    "source": "/sis",
    "type": "export.request.v1",
    "subject": f"courses/{COURSE.id}",
    "data": {"export_type": "zip", "user_id": TEACHER},
}


@dataclass
class FakeDelivery:
    """A command as the broker delivers it."""

    body: bytes
    content_type: str | None = STRUCTURED
    headers: Mapping[str, Any] = field(default_factory=dict)
    user_id: str | None = "sis"
    timestamp: datetime | None = None
    message_id: str | None = "c-1"
    routing_key: str | None = "export.request"
    correlation_id: str | None = None
    reply_to: str | None = None

    async def ack(self) -> None: ...

    async def reject(self, requeue: bool = False) -> None: ...


@dataclass
class FakeServices:
    """Services by name."""

    rows: dict[str, Service] = field(default_factory=dict)

    def find(self, name: str) -> Awaitable[Service | None]:
        return answered(self.rows.get(name))


class BrokenServices(FakeServices):
    """Has a fault of ours."""

    def find(self, name: str) -> Awaitable[Service | None]:
        raise ZeroDivisionError("division by zero")


class Office:
    """An inbox's judge over the fakes of the gateway: its course, its people and its exports."""

    def __init__(self) -> None:
        self.world = World()
        self.services = FakeServices({"sis": Service(name="sis", may=frozenset(Right))})
        self.senders = Senders(self.services, self.world.directory, OWN)
        exports = self.world.exports
        commands = ExportCommands(
            senders=self.senders,
            exports=exports,
            retries=self.world.tools.repeated,
            cancels=exports,
            selected=self.world.contexts,
            costs=Costs(self.world.volumes, self.world.expected),
            quotas=QuotaCheck(Quotas(waiting_per_owner=100), self.world.quotas),
            base_url="",
            max_selected=10,
        )
        self.stopping = asyncio.Event()
        self.judge = Judge(commands.handlers(), self.senders, ReplyType.REFUSED, 5_000, self.stopping)

    async def decide(self, change: Mapping[str, Any] | None = None, **message: Any) -> Verdict:
        """The verdict on the event with these changes."""
        event = {**EVENT, **(change or {})}
        verdict = await self.judge.judge(FakeDelivery(msgspec.json.encode(event), **message))
        assert verdict is not None
        return verdict

    async def problem(self, change: Mapping[str, Any] | None = None, **message: Any) -> dict[str, Any]:
        """Why it is refused."""
        verdict = await self.decide(change, **message)
        assert verdict.outcome is CommandOutcome.REFUSED
        assert verdict.reply.type == "export.refused.v1"
        return data(verdict)


def data(verdict: Verdict) -> dict[str, Any]:
    return dict(msgspec.json.decode(verdict.reply.data))


@pytest.fixture
async def office() -> Office:
    return Office()


async def test_a_command_becomes_the_request_that_http_makes_and_names_its_service(office: Office) -> None:
    verdict = await office.decide()
    (request,) = office.world.exports.requests
    assert (verdict.outcome, verdict.type, verdict.death) == (CommandOutcome.ACCEPTED, "export.request.v1", None)
    assert (request.context, request.user_id, request.export_type) == (COURSE, TEACHER, "zip")
    assert (request.actor.user_id, request.actor.token, request.actor.request_id) == (TEACHER, "service:sis", "c-1")
    origin = request.settings.command
    assert origin is not None
    assert (origin.service, origin.source, origin.id) == ("sis", "/sis", "c-1")


async def test_the_digest_of_a_command_is_of_its_meaning_not_of_its_bytes(office: Office) -> None:
    await office.decide()
    await office.decide({"data": dict(reversed(EVENT["data"].items())), "time": "2026-11-27T12:00:00Z"})
    await office.decide({"subject": f"/courses/{COURSE.id}"})
    await office.decide({"data": {**EVENT["data"], "select": {"files": [1]}}})
    digests = [request.settings.command.digest for request in office.world.exports.requests if request.settings.command]
    assert (digests[0] == digests[1], len(set(digests))) == (True, 3)


@pytest.mark.parametrize(
    ("user", "export_type", "status"),
    [
        (TEACHER, "qti", None),
        (ADMIN, "qti", None),
        (STUDENT, "zip", None),
        (STUDENT, "qti", 403),
        (STRANGER, "zip", 403),
        (99, "zip", 422),
    ],
)
async def test_the_rights_are_those_of_the_user_as_over_http(
    office: Office, user: int, export_type: str, status: int | None
) -> None:
    verdict = await office.decide({"data": {"export_type": export_type, "user_id": user}})
    assert data(verdict).get("status") == status


async def test_a_sender_is_known_by_the_user_that_the_broker_has_checked(office: Office) -> None:
    assert (await office.problem(user_id=None))["code"] == "sender_unknown"
    assert (await office.problem(user_id="lms"))["code"] == "service_unknown"
    assert (await office.problem(user_id="Not a name\0"))["code"] == "service_unknown"
    assert (await office.problem(user_id=OWN))["code"] == "sender_unknown"
    assert (await office.problem(user_id="lms", headers={"x-user-id": "sis"}))["code"] == "service_unknown"
    assert (await office.decide(user_id=OWN, headers={"x-user-id": "sis"})).outcome is CommandOutcome.ACCEPTED


async def test_a_service_needs_the_right_of_its_command_and_the_user(office: Office) -> None:
    office.services.rows["sis"] = Service(name="sis", may=frozenset({Right.CONTENT_WRITE}))
    assert (await office.problem())["code"] == "right_missing"
    office.services.rows["sis"] = Service(name="sis", may=frozenset(Right), as_users=frozenset({STUDENT}))
    assert (await office.problem())["code"] == "user_not_allowed"
    unknown = await office.problem({"data": {"export_type": "zip", "user_id": 99}})
    assert unknown["code"] == "user_not_allowed", "it does not learn which users exist"


async def test_a_service_that_may_not_act_as_a_user_cancels_and_retries_nothing_of_theirs(office: Office) -> None:
    export = await office.world.export(TEACHER)
    office.services.rows["sis"] = Service(name="sis", may=frozenset(Right), as_users=frozenset({STUDENT}))
    for type_ in ("export.cancel.v1", "export.retry.v1"):
        for fields in ({"id": export.id}, {"id": export.id, "user_id": STUDENT}):
            assert (await office.problem({"type": type_, "data": fields}))["status"] == 403
    assert office.world.exports.by_id[export.id].workflow_state is WorkflowState.CREATED


@pytest.mark.parametrize(("user", "sees_package"), [(STUDENT, True), (ADMIN, False)])
async def test_a_site_admin_ends_another_persons_zip_and_is_answered_its_state_alone(
    office: Office, user: int, sees_package: bool
) -> None:
    running, finished = await office.world.export(STUDENT), await office.world.exported(STUDENT)
    for export in (running, finished):
        cancel = {"type": "export.cancel.v1", "data": {"id": export.id, "user_id": user}}
        verdict = await office.decide(cancel)
        assert ("attachment" in data(verdict)) is (sees_package and export is finished)
    states = [office.world.exports.by_id[each.id].workflow_state for each in (running, finished)]
    assert states == [WorkflowState.FAILED, WorkflowState.EXPORTED]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"{", STRUCTURED),
        (b"[]", STRUCTURED),
        (msgspec.json.encode({**EVENT, "type": "export.frobnicate.v1"}), STRUCTURED),
        (msgspec.json.encode({**EVENT, "type": "export.request.v2"}), STRUCTURED),
        (msgspec.json.encode({**EVENT, "source": 7}), STRUCTURED),
    ],
)
async def test_what_is_no_command_of_this_queue_is_dead_with_a_reason_and_answered(
    office: Office, body: bytes, content_type: str
) -> None:
    verdict = await office.judge.judge(FakeDelivery(body, content_type))
    assert verdict is not None
    assert (verdict.outcome, verdict.type, data(verdict)["status"]) == (CommandOutcome.DEAD, "unknown", 400)
    assert verdict.death is not None
    assert (verdict.death[0], len(verdict.death[1]) > 15) == ("message_not_understood", True)


async def test_a_body_over_the_limit_is_refused_unread(office: Office) -> None:
    assert (await office.problem({"data": {**EVENT["data"], "version": "1" * 5_000}}))["status"] == 413


async def test_a_fault_of_ours_is_a_dead_letter_and_shows_the_sender_nothing_of_it(office: Office) -> None:
    office.judge.senders = replace(office.senders, services=BrokenServices())
    verdict = await office.decide()
    assert (verdict.outcome, data(verdict)["status"], data(verdict)["code"]) == (
        CommandOutcome.DEAD,
        500,
        "internal_server_error",
    )
    assert verdict.death is not None
    assert "ZeroDivisionError" in verdict.death[1]
    assert "division" not in data(verdict)["detail"]


async def test_an_outage_delays_a_command_and_decides_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.commands.judge._WAIT_S", 0.01)
    exports = office.world.exports
    exports.failing = DatabaseUnavailable()
    asyncio.get_running_loop().call_later(0.05, setattr, exports, "failing", None)
    verdict = await office.decide()
    assert verdict.outcome is CommandOutcome.ACCEPTED
    assert len(exports.requests) == 1


async def test_a_command_that_waits_for_an_outage_is_left_to_another_process_when_this_one_stops(
    office: Office,
) -> None:
    office.world.exports.failing = DatabaseUnavailable()
    office.stopping.set()
    assert await office.judge.judge(FakeDelivery(msgspec.json.encode(EVENT))) is None


@pytest.mark.parametrize(
    ("reply_to", "allowed"),
    [
        ("amq.rabbitmq.reply-to.g1h2", True),
        ("amq.gen-abc", True),
        ("sis.replies", True),
        ("sis", False),
        ("sisyphus.replies", False),
        ("content_exports.zip", False),
        ("content_exports.dead", False),
        ("lms.replies", False),
    ],
)
async def test_replies_go_to_queues_of_the_sender_alone(office: Office, reply_to: str, allowed: bool) -> None:
    assert office.senders.may_answer(FakeDelivery(b"", reply_to=reply_to)) is allowed


@given(name=st.text(max_size=20) | st.none(), queue=st.sampled_from(["content_exports.zip", ".x", "-.x", "other.q"]))
def test_no_name_of_a_user_opens_a_queue_that_is_not_its_own(name: str | None, queue: str) -> None:
    senders = Senders(FakeServices(), FakeDirectory(), OWN)
    message = FakeDelivery(b"", user_id=name, reply_to=queue)
    assert senders.may_answer(message) is (queue.partition(".")[0] == name == "other")


async def test_a_reply_has_the_trace_of_its_command_with_the_state_of_it() -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    reply = (await Office().decide({"traceparent": trace, "tracestate": "sis=a1"})).reply
    assert (reply.traceparent, reply.tracestate) == (trace, "sis=a1")
