"""Who sent a command, and what that allows: the service's own rights, then those of the user that the command names.

This is the only place that decides what a service may do. What the user may do is decided as over HTTP: by a Visit.
"""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Protocol

from msgspec.structs import replace

from shared.adapters.rabbitmq.command_queue import SENDER, CommandDelivery
from shared.contracts.commands import UserName
from shared.domain.export import Context, ContextType
from shared.domain.path_ids import parse_id
from shared.domain.rights import Caller, rights
from shared.domain.services import SERVICE_NAME, Right, Service, owns_queue
from shared.http.answers import ApiError, not_found, unprocessable
from shared.http.identity import Directory, Visit, context_at


class ServiceRows(Protocol):
    """Where services are looked up."""

    def find(self, name: str) -> Awaitable[Service | None]:
        """The service of this name; None for an unknown one."""
        ...


@dataclass(frozen=True, slots=True)
class Senders:
    """The services and users of a database. `own_user` is this system's own user on the broker."""

    services: ServiceRows
    directory: Directory
    own_user: str

    def name_of(self, message: CommandDelivery) -> str | None:
        """The broker's user that sent a message; None where the message does not say so.

        RabbitMQ refuses a message whose `user_id` is not the user of its connection ("Validated User-ID"). A command
        that operators replay comes from this system's own user, and names its first sender in a header.
        """
        if message.user_id == self.own_user:
            name = message.headers.get(SENDER)
            return name if isinstance(name, str) else None
        return message.user_id or None

    def may_answer(self, message: CommandDelivery) -> bool:
        """Whether the `reply_to` of a message is a queue that its sender could read or write itself."""
        name, queue = self.name_of(message) or "", message.reply_to or ""
        return owns_queue(name if SERVICE_NAME.fullmatch(name) else None, queue)

    async def service(self, message: CommandDelivery, right: Right) -> Service:
        """The service that sent a message. Raises 403 unless it is known and has this right."""
        name = self.name_of(message)
        if name is None:
            raise _refused("The message has no user_id property, which names the service.", "sender_unknown")
        service = await self.services.find(name) if SERVICE_NAME.fullmatch(name) else None
        if service is None:
            raise _refused(f"{name[:100]} is not the name of a known service.", "service_unknown")
        if right not in service.may:
            raise _refused(f"The service {name} does not have the right {right}.", "right_missing")
        return service

    async def caller(self, service: Service, name: UserName) -> Caller:
        """The user that a command names, as the caller. Raises 403 for one that the service may not name, else 422."""
        user_id = name if isinstance(name, int) else await self._user_id(name)
        if service.as_users is not None and (user_id is None or not service.acts_as(user_id)):
            raise _refused(f"The service {service.name} may not act as this user.", "user_not_allowed")
        user = None if user_id is None else await self.directory.caller(user_id)
        if user is None:
            raise unprocessable("user_id", f"There is no user {str(name)[:100]}.", "user_unknown")
        return replace(user, token=f"service:{service.name}")

    async def _user_id(self, name: str) -> int | None:
        reference = parse_id(ContextType.USER, name)
        return (
            reference
            if reference is None or isinstance(reference, int)
            else await self.directory.find(ContextType.USER, reference)
        )

    async def context(self, caller: Caller, name: str) -> Context:
        """The context of `courses/42` or another form of a path. Raises 422 for text of no form, 404 for an unknown one."""
        return await context_at(self.directory, caller, name)

    async def visit(self, caller: Caller, context: Context) -> Visit:
        """The caller with its rights in a context. Raises 404 for an unknown context."""
        facts = await self.directory.facts(context, caller.user_id)
        if facts is None:
            raise not_found()
        return Visit(caller, context, rights(caller, facts))


def _refused(message: str, code: str) -> ApiError:
    return ApiError(403, {"errors": [{"message": message, "error_code": code}]})
