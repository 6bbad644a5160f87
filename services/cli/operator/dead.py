"""The operator command for dead letters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated

import msgspec
import typer

from services.cli.errors import CommandError
from services.cli.operator.broker import BrokerAccess
from services.cli.output import Output, printable
from shared.adapters.rabbitmq.dead_letters import DeadLetter, DeadLetters

_MOST = 100_000  # letters that are looked through for those that were named


@dataclass(frozen=True, slots=True)
class Wanted:
    """The options that say which letters, and what is to become of them."""

    show: Annotated[str | None, typer.Option(metavar="ID", help="Print one with its headers and its body")] = None
    replay: Annotated[list[str] | None, typer.Option(metavar="ID", help="Send it again; `all` for all")] = None
    drop: Annotated[list[str] | None, typer.Option(metavar="ID", help="Remove it; `all` for all")] = None
    limit: Annotated[int, typer.Option(min=1, help="List at most so many")] = 100


def dead(broker: BrokerAccess, output: Output, wanted: Wanted) -> None:
    """List the messages that could not be handled, with the reason; show, replay or drop them."""
    if sum(bool(each) for each in (wanted.show, wanted.replay, wanted.drop)) > 1:
        raise typer.BadParameter("give one of --show, --replay and --drop")
    if wanted.show:
        letter = broker.run(partial(_find, wanted.show))
        output.result(_in_full(letter), msgspec.to_builtins(letter))
    elif wanted.replay or wanted.drop:
        ids = frozenset(wanted.replay or wanted.drop or ())
        settled = broker.run(partial(_settle, ids, bool(wanted.replay)))
        output.result("\n".join(settled), {"replayed" if wanted.replay else "dropped": settled})
    else:
        letters = broker.run(partial(_oldest, wanted.limit))
        output.result("\n".join(map(_line, letters)), msgspec.to_builtins(letters))


async def _oldest(limit: int, letters: DeadLetters) -> list[DeadLetter]:
    return [letter async for letter, _ in letters.read(limit)]


async def _find(letter_id: str, letters: DeadLetters) -> DeadLetter:
    async for letter, _ in letters.read(_MOST):
        if letter.id == letter_id:
            return letter
    raise CommandError(f"There is no dead letter {letter_id}.")


async def _settle(ids: frozenset[str], replay: bool, letters: DeadLetters) -> list[str]:
    """Replay or drop these letters, and return their ids. Those that were sent again do not come round."""
    settled: list[str] = []
    async for letter, message in letters.read(_MOST):
        if letter.id not in ids and "all" not in ids:
            continue
        await (letters.replay(letter, message) if replay else letters.drop(message))
        settled.append(letter.id)
        if len(settled) == len(ids) and "all" not in ids:
            break
    if missing := ids - {"all", *settled}:
        raise CommandError(f"There is no dead letter {', '.join(sorted(missing))}.", settled=settled)
    return settled


def _line(letter: DeadLetter) -> str:
    words = [letter.id, letter.sent_at or "-", letter.sender or "-", letter.routing_key or "-", letter.code]
    return printable(f"{' '.join(words)}: {letter.reason}").replace("\n", " ")


def _in_full(letter: DeadLetter) -> str:
    fields = {
        "id": letter.id,
        "code": letter.code,
        "reason": letter.reason,
        "exchange": letter.exchange,
        "routing key": letter.routing_key,
        "sender": letter.sender,
        "message id": letter.message_id,
        "sent at": letter.sent_at,
        **{f"header {name}": value for name, value in sorted(letter.headers.items())},
    }
    lines = [f"{name}: {value}" for name, value in fields.items() if value is not None]
    return printable("\n".join([*lines, "", letter.body]))
