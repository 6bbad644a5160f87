"""The operator command for queues of earlier releases."""

from __future__ import annotations

import asyncio
from typing import Annotated

import msgspec
import typer

from services.cli.errors import CommandError
from services.cli.operator.explained import explained
from services.cli.output import Output
from shared.adapters.rabbitmq.earlier_queues import EarlierQueue
from shared.adapters.rabbitmq.earlier_queues import earlier_queues as find
from shared.runtime.logs import set_up_logs


def earlier_queues(
    amqp_url: Annotated[str, typer.Option(envvar="AMQP_URL", help="RabbitMQ", show_default=False)],
    output: Output,
    delete: Annotated[bool, typer.Option("--delete", help="Delete those without messages")] = False,
) -> None:
    """List queues of earlier releases that others have replaced, with what waits in them; delete what is drained."""
    set_up_logs("cli", "WARNING")
    with explained():
        queues = asyncio.run(find(amqp_url, delete=delete))
    output.result("\n".join(map(_line, queues)), msgspec.to_builtins(queues))
    if delete and (undrained := [each.name for each in queues if not each.deleted]):
        raise CommandError(
            f"Messages wait in {', '.join(undrained)}: the workers of this release drain them.", left=undrained
        )


def _line(queue: EarlierQueue) -> str:
    counts = f"{queue.messages} messages, {queue.consumers} consumers, now {queue.successor}"
    return f"{queue.name}: {'deleted' if queue.deleted else counts}"
