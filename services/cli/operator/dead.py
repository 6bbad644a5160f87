"""The operator command for dead letters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec
import typer

from services.cli.errors import CommandError
from services.cli.operator.broker import BrokerAccess, DeadLetterActions
from services.cli.output import Output, printable
from shared.domain.operator.dead_letter import DeadLetter

Action = Annotated[Literal["list", "show", "replay", "drop"], typer.Argument(help="What to do")]


@dataclass(frozen=True, slots=True)
class LetterOptions:
    """The options that say which letters to show, replay or drop."""

    show: Annotated[str | None, typer.Option(metavar="ID", help="Print one with its headers and its body")] = None
    replay: Annotated[list[str] | None, typer.Option(metavar="ID", help="Send it again; `all` for all")] = None
    drop: Annotated[list[str] | None, typer.Option(metavar="ID", help="Remove it; `all` for all")] = None
    limit: Annotated[int, typer.Option(min=1, help="List at most so many")] = 100
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print which ones, and change nothing")] = False

    def read(self, action: str, ids: list[str]) -> tuple[str, list[str]]:
        """(what to do, with which letters), of options or of words. Raises a usage error for several, and for none."""
        options = {"show": [self.show] if self.show else [], "replay": self.replay or [], "drop": self.drop or []}
        selected = {name: letter_ids for name, letter_ids in options.items() if letter_ids}
        if len(selected) > 1:
            raise typer.BadParameter("give one of --show, --replay and --drop")
        if selected and (action != "list" or ids):
            raise typer.BadParameter("give either words or options", param_hint="ACTION")
        what, letter_ids = selected.popitem() if selected else (action, ids)
        if (what == "list") is bool(letter_ids) or (what == "show" and len(letter_ids) != 1):
            raise typer.BadParameter("`show` takes one id, `replay` and `drop` several, `list` none", param_hint="ID")
        return what, letter_ids


def dead(
    broker: BrokerAccess,
    output: Output,
    options: LetterOptions,
    action: Action = "list",
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Letters; `all` for all")] = None,
) -> None:
    """List the messages that could not be handled, with the reason; show, replay or drop them."""
    what, letter_ids = options.read(action, ids or [])
    with broker.open() as letters:
        if what == "show":
            letter = _letter(letters, letter_ids[0])
            output.result(_in_full(letter), msgspec.to_builtins(letter))
        elif what == "list":
            listed = letters.oldest(options.limit)
            output.result("\n".join(map(_line, listed)), msgspec.to_builtins(listed))
        else:
            _settle(letters, letter_ids, output, replay=what == "replay", dry_run=options.dry_run)


def _settle(letters: DeadLetterActions, letter_ids: list[str], output: Output, *, replay: bool, dry_run: bool) -> None:
    settled, missing, more = letters.settle(letter_ids, replay=replay, dry_run=dry_run)
    if missing:
        raise CommandError(f"There is no dead letter {', '.join(missing)}.", settled=settled)
    lines = [*settled, "There are more: run the command again."] if more else settled
    output.result("\n".join(lines), {"replayed" if replay else "dropped": settled, "more": more})


def _letter(letters: DeadLetterActions, letter_id: str) -> DeadLetter:
    letter = letters.find(letter_id)
    if letter is None:
        raise CommandError(f"There is no dead letter {letter_id}.")
    return letter


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
