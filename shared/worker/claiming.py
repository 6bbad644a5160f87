"""Claims what a message names, and settles the message: an outage of the database costs it a wait, and no delivery."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from shared.adapters.rabbitmq.consumer import Delivery, Outcome, settle
from shared.domain.errors import DatabaseUnavailable
from shared.runtime.lifecycle import stops_within
from shared.worker.error_log import log_survived
from shared.worker.infrastructure import infrastructure_cause
from shared.worker.intake import Intake

_AGAIN_S = 1.0  # between two tries of a claim that nobody foresaw to fail
_TRIES = 5
_HELD_S = 600.0  # RabbitMQ closes a channel whose delivery is unacknowledged for 30 minutes

Claimed = TypeVar("Claimed")
Claim = Callable[[], Awaitable[Claimed | None]]


async def claimed(
    claim: Claim[Claimed], message: Delivery, intake: Intake, postponed: Callable[[], object]
) -> Claimed | None:
    """What `claim` gives; None if there is nothing to do now. The message is settled either way; `postponed` counts.

    While the database is away, the message is held, not sent back: the broker counts how often it delivers a message,
    and makes a dead letter of one that comes too often. A claim that goes on failing is left to the janitor, which
    sends the message again. A process that stops gives the message back.
    """
    held_since, tries = time.monotonic(), 0
    while True:
        try:
            result = await claim()
        except Exception as error:  # noqa: BLE001  (logged, with its trace where it was not foreseen)
            postponed()
            log_survived("claim_postponed", error, DatabaseUnavailable)
            tries += 1
            if not await _pause_after(error, intake):
                await settle(message, Outcome.AGAIN)
                return None
            if time.monotonic() - held_since > _HELD_S or (infrastructure_cause(error) is None and tries >= _TRIES):
                await settle(message, Outcome.DONE)
                return None
        else:
            # Acknowledged before the work begins, which may take hours.
            await settle(message, Outcome.DONE)
            return result


async def _pause_after(error: Exception, intake: Intake) -> bool:
    """Wait before the next try; False once the process is stopping."""
    cause = infrastructure_cause(error)
    if cause is None:
        return not await stops_within(intake.stopping, _AGAIN_S)
    intake.close(cause)
    return await intake.opened()
