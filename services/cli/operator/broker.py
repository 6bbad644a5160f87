"""How operator commands reach the broker."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar

import typer

from services.cli.errors import CommandError
from shared.adapters.rabbitmq.dead_letters import DeadLetters, open_dead_letters
from shared.domain.errors import ExportError, in_full
from shared.runtime.logs import set_up_logs

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class BrokerAccess:
    """The option that names the broker."""

    amqp_url: Annotated[str, typer.Option(envvar="AMQP_URL", help="RabbitMQ", show_default=False)]

    def run(self, work: Callable[[DeadLetters], Awaitable[Result]]) -> Result:
        """Run `work` on the dead letters and return its result. Raises CommandError for an error with a reason."""
        set_up_logs("cli", "WARNING")
        try:
            return asyncio.run(self._run(work))
        except ExportError as error:
            raise CommandError(in_full(error), code=error.code) from error

    async def _run(self, work: Callable[[DeadLetters], Awaitable[Result]]) -> Result:
        async with open_dead_letters(self.amqp_url) as letters:
            return await work(letters)
