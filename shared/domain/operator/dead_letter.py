"""A message that could not be handled, as operators see it."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

ALL = "all"  # names every letter


class DeadLetter(Struct, frozen=True):
    """A message that could not be handled. `id` is computed from it, so that it is the same at each look."""

    id: str
    code: str
    reason: str
    exchange: str  # where it was sent
    routing_key: str
    sender: str | None
    message_id: str | None
    sent_at: str | None
    headers: dict[str, Any]
    body: str
