"""The commands about exports: the same requests as over HTTP, with the same rights, by the same code."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
from msgspec.structs import replace

from services.gateway.costs import Costs
from services.gateway.create_request import SelectedObjects, permitted_request, retry_request, warnings_of
from services.gateway.quotas import QuotaCheck
from shared.commands.judge import Command, Handler
from shared.commands.replies import Reply
from shared.commands.senders import Senders
from shared.contracts.api import content_export_json, export_url
from shared.contracts.cloud_events import data_of
from shared.contracts.commands import (
    CommandType,
    ExportCancelData,
    ExportRequestData,
    ExportRetryData,
    ReplyType,
    UserName,
)
from shared.contracts.report import warning_json
from shared.contracts.requests import cancel_message
from shared.domain.audit import SYSTEM, Actor
from shared.domain.error_codes import ErrorCode
from shared.domain.errors import MalformedMessage
from shared.domain.export import ContentExport, ExportRequest, WorkflowState
from shared.domain.export_settings import CommandOrigin
from shared.domain.fairness.priority import Priority
from shared.domain.report import ItemWarning
from shared.domain.rights import Caller, may_end
from shared.domain.services import Right
from shared.http.answers import not_found, unprocessable
from shared.http.identity import refused
from shared.runtime.logs import get_logger

_UNFINISHED = (WorkflowState.CREATED, WorkflowState.EXPORTING)


class CommandedExports(Protocol):
    """Exports as commands create and name them."""

    def create(self, request: ExportRequest) -> Awaitable[ContentExport]:
        """The export of a command, created where it has none yet; committed when this is answered."""

    def of_command(self, request: ExportRequest) -> Awaitable[ContentExport | None]:
        """The export of a command that was sent before; None for a new one."""

    def find(self, export_id: int) -> Awaitable[ContentExport | None]:
        """The export with this id; None for an unknown one."""


class Retries(Protocol):
    """Where failed exports are created anew."""

    async def retry(self, failed_id: int, request: ExportRequest) -> ContentExport:
        """The retry of a failed export that is under way or has succeeded; a new one if there is none."""


class Cancels(Protocol):
    """Where exports are ended."""

    async def cancel(
        self, export_id: int, message: str, code: ErrorCode = ErrorCode.CANCELLED, actor: Actor = SYSTEM
    ) -> bool:
        """End an unfinished export as failed; False where it had finished."""


@dataclass(frozen=True, slots=True)
class ExportCommands:
    """Handlers of commands. `base_url` is put before the paths of links; it may be empty."""

    senders: Senders
    exports: CommandedExports
    retries: Retries
    cancels: Cancels
    selected: SelectedObjects
    costs: Costs
    quotas: QuotaCheck
    base_url: str
    max_selected: int

    def handlers(self) -> Mapping[str, Handler]:
        """The handler of each type of command."""
        return {
            CommandType.REQUEST: Handler(Right.EXPORT_REQUEST, self.request),
            CommandType.CANCEL: Handler(Right.EXPORT_CANCEL, self.cancel),
            CommandType.RETRY: Handler(Right.EXPORT_RETRY, self.retry),
        }

    async def request(self, command: Command) -> Reply:
        """Create an export, once for each source and id of a service."""
        data = data_of(command.event, ExportRequestData)
        if data.dry_run:
            raise unprocessable("dry_run", "A dry run is not a command: request it over HTTP.")
        name = data.context or command.event.subject
        if name is None:
            raise MalformedMessage("subject or data.context must name the context", item="data.context")
        caller = await self.senders.caller(command.service, data.user_id)
        visit = await self.senders.visit(caller, await self.senders.context(caller, name))
        new = permitted_request(data.create_request(), visit, _actor(command, caller), self.max_selected)
        if new.settings.priority is Priority.INTERACTIVE and Right.EXPORT_INTERACTIVE not in command.service.may:
            raise refused(caller)
        warnings = await warnings_of(new, self.selected)
        new = _of_command(await self.costs.priced(new), command)
        refusal = await self.quotas.refusal(new)
        if refusal is None:
            self.costs.requested(new)
        export = await (self.exports.create(new) if refusal is None else self.exports.of_command(new))
        if export is None:
            assert refusal is not None
            raise refusal
        return self._accepted(export, warnings)

    async def cancel(self, command: Command) -> Reply:
        """End an export for its user, or for a site admin, who is shown its state alone. A finished one stays as it is."""
        data = data_of(command.event, ExportCancelData)
        export, caller = await self._export(command, data.id, data.user_id)
        if not may_end(caller, export.user_id):
            raise refused(caller)
        actor = _actor(command, caller)
        if await self.cancels.cancel(export.id, cancel_message(data.message or ""), ErrorCode.CANCELLED, actor):
            get_logger().info("export_cancelled", export_id=export.id, user_id=caller.user_id)
        ended = await self.exports.find(export.id) or export
        return self._accepted(ended if caller.user_id == ended.user_id else ended.without_packages())

    async def retry(self, command: Command) -> Reply:
        """Create a failed export anew, once for each source and id of a service."""
        data = data_of(command.event, ExportRetryData)
        failed, caller = await self._export(command, data.id, data.user_id)
        visit = await self.senders.visit(caller, failed.context)
        first, new = retry_request(failed, visit, _actor(command, caller))
        new = _of_command(await self.costs.priced(new), command)
        self.costs.requested(new)
        return self._accepted(await self.retries.retry(first, new))

    async def _export(self, command: Command, export_id: int, user: UserName | None) -> tuple[ContentExport, Caller]:
        """An export, and the user that a command names; without one, the user who requested the export."""
        export = await self.exports.find(export_id)
        name = user if user is not None or export is None else export.user_id
        if export is None or name is None:
            raise not_found()
        return export, await self.senders.caller(command.service, name)

    def _accepted(self, export: ContentExport, warnings: Sequence[ItemWarning] = ()) -> Reply:
        """The export without a link that carries a right: a package is reached by the address of its export.

        Its estimate is that of its request, while it waits or is built: the reply to a command sent again is the same event.
        """
        shown = export_url(export, self.base_url)
        expected = export.expected if export.workflow_state in _UNFINISHED else None
        body = content_export_json(export, self.base_url, lambda _: shown, expected=expected)
        if warnings:
            body = replace(body, warnings=[warning_json(warning) for warning in warnings])
        return Reply(ReplyType.ACCEPTED, body, export.context.path)


def _actor(command: Command, caller: Caller) -> Actor:
    return Actor(caller.user_id, None, caller.token, None, command.request_id)


def _of_command(new: ExportRequest, command: Command) -> ExportRequest:
    """The request under the name of its command. Its span is that of the command, or of the sender if the command has no span."""
    event = command.event
    content: list[Any] = [event.type, event.subject, msgspec.json.decode(event.data)]
    digest = hashlib.sha256(msgspec.json.encode(content, order="deterministic")).hexdigest()
    origin = CommandOrigin(service=command.service.name, source=event.source, id=event.id, digest=digest)
    return replace(new, settings=replace(new.settings, command=origin), traceparent=command.traceparent)
