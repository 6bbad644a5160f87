"""What becomes of a command: it is carried out, refused with a problem, or dead. An outage delays it and decides nothing."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import uuid4

import structlog
from msgspec import Struct

from shared.adapters.rabbitmq.command_queue import CommandDelivery
from shared.commands.replies import Reply, problem_of, reply_event
from shared.commands.senders import Senders
from shared.commands.turns import Turn, Turns
from shared.contracts.cloud_events import CloudEvent, read_event
from shared.contracts.topology import COMMANDS
from shared.domain.errors import ExportError, MalformedMessage, in_full
from shared.domain.services import Right, Service
from shared.http.answers import ApiError, internal_error, too_large
from shared.runtime.lifecycle import stops_within
from shared.runtime.logs import get_logger
from shared.runtime.message_spans import process_span
from shared.runtime.span_kinds import Value
from shared.runtime.traces import add_attributes, fail, traceparent

_WAIT_S, _WAIT_MAX_S = 0.5, 5.0  # between tries while a part of the system is away
_GOOD_ID = re.compile(r"[A-Za-z0-9._:/-]{1,128}")  # of a request, as the edge of HTTP has it
_LISTED = 5  # types that an error names
_UNKNOWN = "unknown"  # the type of what cannot be read, in metrics


class CommandOutcome(StrEnum):
    """What became of a command."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    DEAD = "dead"


class Command(Struct, frozen=True):
    """A command of a known type, and the service that sent it."""

    event: CloudEvent
    service: Service
    request_id: str  # for log lines, the audit log, and events that it causes
    traceparent: str | None
    turn: Turn  # for a handler that keeps the order of arrival


class Handler(Struct, frozen=True):
    """How a type of command is carried out, and the right that its sender needs."""

    right: Right
    run: Callable[[Command], Awaitable[Reply]]


class Verdict(Struct, frozen=True):
    """What became of a command, what is answered, and the (code, reason) of a dead one."""

    type: str
    outcome: CommandOutcome
    reply: CloudEvent
    death: tuple[str, str] | None = None


@dataclass(slots=True)
class Judge:
    """Decides commands of the types in `handlers`. `refused` is the type of a reply that refuses one."""

    handlers: Mapping[str, Handler]
    senders: Senders
    refused: str
    max_body_bytes: int
    stopping: asyncio.Event
    queue: str = ""  # that commands come from, for their spans
    _outage_logged: float = field(default=float("-inf"))
    _turns: Turns = field(default_factory=Turns)

    async def judge(self, message: CommandDelivery) -> Verdict | None:
        """The verdict on a command, once it has committed. None: the process stops, and another one is to decide.

        Tasks that are created in the order of arrival begin in it, and so get their turns in it.
        """
        turn = self._turns.take()
        try:
            return await self._judge(message, turn)
        finally:
            turn.pass_on()

    async def _judge(self, message: CommandDelivery, turn: Turn) -> Verdict | None:
        if len(message.body) > self.max_body_bytes:
            return self._refusal(_UNKNOWN, None, too_large())
        try:
            event = read_event(message.body, message.content_type, message.headers)
            handler = self._handler(event.type)
        except MalformedMessage as error:
            return self._death(_UNKNOWN, None, error)
        return await self._traced(message, event, handler, turn)

    def _handler(self, type_: str) -> Handler:
        handler = self.handlers.get(type_)
        if handler is None:
            commands = ", ".join(list(self.handlers)[:_LISTED]) + (", ..." if len(self.handlers) > _LISTED else "")
            raise MalformedMessage(
                f"type: {type_[:100]} is not a command of this queue, which are {commands}", item="type"
            )
        return handler

    async def _traced(
        self, message: CommandDelivery, event: CloudEvent, handler: Handler, turn: Turn
    ) -> Verdict | None:
        request_id = event.id if _GOOD_ID.fullmatch(event.id) else str(uuid4())
        sent_trace = event.traceparent or _text(message.headers.get("traceparent"))
        structlog.contextvars.bind_contextvars(
            request_id=request_id
        )  # ends with the command, which has a task of its own
        with process_span(message, (COMMANDS, self.queue), sent_trace, _described(event, request_id)):
            trace = traceparent() or sent_trace
            verdict = await self._until_decided(message, event, handler, (request_id, trace, turn))
            if verdict is not None:
                add_attributes({"outcome": verdict.outcome.value})
            return verdict

    async def _until_decided(
        self, message: CommandDelivery, event: CloudEvent, handler: Handler, ids: tuple[str, str | None, Turn]
    ) -> Verdict | None:
        wait_s = _WAIT_S
        while True:
            try:
                return await self._decide(message, event, handler, ids)
            except (
                ExportError
            ) as error:  # of a part that is away: the command waits here, so that it is not redelivered
                self._log_outage(error)
            if await stops_within(self.stopping, wait_s):
                return None
            wait_s = min(wait_s * 2, _WAIT_MAX_S)

    async def _decide(
        self, message: CommandDelivery, event: CloudEvent, handler: Handler, ids: tuple[str, str | None, Turn]
    ) -> Verdict:
        try:
            service = await self.senders.service(message, handler.right)
            reply = await handler.run(Command(event, service, *ids))
        except ApiError as error:
            return self._refusal(event.type, event, error)
        except ExportError as error:
            if error.retry:
                raise
            return self._refusal(event.type, event, error)
        except Exception as error:  # noqa: BLE001  (the edge: whatever it is, the sender is answered)
            fail(type(error).__name__)
            get_logger().exception("command_crashed", type=event.type, source=event.source, id=event.id)
            return self._death(event.type, event, error, ids[0])
        return Verdict(event.type, CommandOutcome.ACCEPTED, reply_event(reply, event, ids[1]))

    def _refusal(self, type_: str, event: CloudEvent | None, error: ApiError | ExportError) -> Verdict:
        problem = problem_of(error)
        get_logger().info(
            "command_refused", type=type_, status=problem.status, code=problem.code, reason=problem.detail
        )
        return Verdict(type_, CommandOutcome.REFUSED, reply_event(Reply(self.refused, problem), event, traceparent()))

    def _death(self, type_: str, event: CloudEvent | None, error: Exception, request_id: str = "") -> Verdict:
        shown_error = error if isinstance(error, MalformedMessage) else internal_error(request_id)
        problem = problem_of(shown_error)
        reason = str(error) if shown_error is error else f"{type(error).__name__}: {error}"
        get_logger().info("command_dead", type=type_, code=problem.code, reason=reason)
        reply = reply_event(Reply(self.refused, problem), event, traceparent())
        return Verdict(type_, CommandOutcome.DEAD, reply, (problem.code or "", reason[:1000]))

    def _log_outage(self, error: ExportError) -> None:
        """One line for all commands that wait."""
        now = asyncio.get_running_loop().time()
        if now - self._outage_logged > _WAIT_MAX_S:
            self._outage_logged = now
            get_logger().warning("commands_wait", code=error.code, reason=in_full(error))


def _described(event: CloudEvent, request_id: str) -> dict[str, Value]:
    """Source of the names: OpenTelemetry, "Semantic conventions for CloudEvents"."""
    return {
        "cloudevents.event_id": event.id,
        "cloudevents.event_source": event.source,
        "cloudevents.event_type": event.type,
        "request_id": request_id,
    }


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
