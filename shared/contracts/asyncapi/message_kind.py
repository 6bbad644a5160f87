"""The description of the messages of one type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from msgspec import Struct

_Objects = type[Struct] | None


@dataclass(frozen=True, slots=True)
class MessageKind:
    """The messages of one type of CloudEvent, whose `data` is a struct."""

    data: type[Struct]
    type: str
    summary: str
    example: dict[str, Any]  # of `data`, as JSON
    subject: str | None = None  # in the example
    ours: bool = True  # whether this system sends it, rather than a service
    sequence: str | None = None  # in the example; a kind that has it here always has it
    objects: _Objects = None  # the class of `data.objects`, where it has one

    @property
    def key(self) -> str:
        """The routing key of a command: its type without the version."""
        return self.type.removesuffix(".v1")
