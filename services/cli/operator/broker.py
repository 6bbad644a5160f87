"""How operator commands reach the dead letters: with the token of a site admin over HTTP, or by the broker's address."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Protocol, TypeVar
from urllib.parse import urlencode

import msgspec

from services.cli.api import Api
from services.cli.errors import CommandError, Refused
from services.cli.operator.access import AdminServer, option
from shared.domain.errors import ExportError, in_full
from shared.domain.operator.dead_letter import ALL, DeadLetter

if TYPE_CHECKING:
    from shared.adapters.rabbitmq.dead_letters import BrokersDeadLetters

_LETTERS = "/api/v1/admin/dead_letters"
AMQP = "AMQP_URL"

Result = TypeVar("Result")


class DeadLetterActions(Protocol):
    """What the commands need of the broker. Every method raises CommandError."""

    def oldest(self, limit: int) -> list[DeadLetter]:
        """Up to `limit` letters, the oldest first."""
        ...

    def find(self, letter_id: str) -> DeadLetter | None:
        """The letter with this id."""
        ...

    def settle(self, ids: Sequence[str], *, replay: bool, dry_run: bool) -> tuple[list[str], list[str], bool]:
        """(the ids that were replayed or dropped, those that are missing, whether others remain)."""
        ...


@dataclass(frozen=True, slots=True)
class BrokerAccess(AdminServer):
    """The options that name the broker; or a server, with the token of a site admin."""

    amqp_url: Annotated[str, option("--amqp-url", AMQP, "RabbitMQ, instead of a server")] = ""

    @contextmanager
    def open(self) -> Iterator[DeadLetterActions]:
        """The dead letters. An option decides before the environment; of an environment that names both, the broker counts.

        Raises a usage error where options name both.
        """
        environ = os.environ
        if self.is_over_http(environ):
            with self.server(environ).connect() as api:
                yield HttpDeadLetters(api)
        else:
            yield DirectDeadLetters(self.amqp_url or environ[AMQP])

    def is_over_http(self, environ: Mapping[str, str]) -> bool:
        """Whether a server is named rather than a broker. Raises a usage error where both are."""
        return self.is_chosen(self.amqp_url, "--amqp-url", environ.get(AMQP)) is not False


@dataclass(frozen=True, slots=True)
class DirectDeadLetters:
    """Over the broker: for the machines that have its address. Such changes are not in the audit log."""

    amqp_url: str

    def oldest(self, limit: int) -> list[DeadLetter]:
        """Letters."""
        return self._run(lambda letters: asyncio.run(letters.oldest(limit)))

    def find(self, letter_id: str) -> DeadLetter | None:
        """A letter."""
        return self._run(lambda letters: asyncio.run(letters.find(letter_id)))

    def settle(self, ids: Sequence[str], *, replay: bool, dry_run: bool) -> tuple[list[str], list[str], bool]:
        """Replay or drop."""
        letter_ids = frozenset(ids)
        settled, more = self._run(
            lambda letters: asyncio.run(letters.settle(letter_ids, replay=replay, dry_run=dry_run))
        )
        return settled, sorted(letter_ids - {ALL, *settled}) if not more else [], more

    def _run(self, work: Callable[[BrokersDeadLetters], Result]) -> Result:
        # Here alone: the broker's client takes longer to load than all else, which a command over HTTP need not wait for.
        from shared.adapters.rabbitmq.dead_letters import BrokersDeadLetters  # noqa: PLC0415
        from shared.runtime.logs import set_up_logs  # noqa: PLC0415

        set_up_logs("cli", "WARNING")
        try:
            return work(BrokersDeadLetters(self.amqp_url))
        except ExportError as error:
            raise CommandError(in_full(error), code=error.code) from error


@dataclass(frozen=True, slots=True)
class HttpDeadLetters:
    """Over the admin API of a server."""

    api: Api

    def oldest(self, limit: int) -> list[DeadLetter]:
        """Letters; a server gives at most 1,000."""
        return self._letters({"limit": min(limit, 1000)})

    def find(self, letter_id: str) -> DeadLetter | None:
        """A letter."""
        try:
            return self._letters({"id": letter_id})[0]
        except Refused as error:
            if error.status == 404:
                return None
            raise

    def settle(self, ids: Sequence[str], *, replay: bool, dry_run: bool) -> tuple[list[str], list[str], bool]:
        """Replay or drop."""
        place = f"{_LETTERS}/{'replay' if replay else 'drop'}"
        answer = self.api.send_once("POST", place, {"ids": list(ids), "dry_run": dry_run})
        return answer["settled"], answer["missing"], answer.get("more", False)

    def _letters(self, query: dict[str, Any]) -> list[DeadLetter]:
        return msgspec.convert(self.api.array(f"{_LETTERS}?{urlencode(query)}"), list[DeadLetter])
