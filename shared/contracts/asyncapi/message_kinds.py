"""Every message of the contract with internal services: its type, what its data is, and an example of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from msgspec import Struct

from shared.contracts import bodies
from shared.contracts.asyncapi import examples
from shared.contracts.commands import (
    CommandType,
    ExportCancelData,
    ExportRequestData,
    ExportRetryData,
    Problem,
    ReplyType,
)


@dataclass(frozen=True, slots=True)
class MessageKind:
    """The messages of one type of CloudEvent, whose `data` is a struct."""

    data: type[Struct]
    type: str
    summary: str
    example: dict[str, Any]  # of `data`, as JSON
    subject: str | None = None  # in the example
    ours: bool = True  # whether this system sends it, rather than a service
    required: tuple[str, ...] = ()  # attributes beside those that every CloudEvent has


def _command(type_: CommandType, summary: str, data: type[Struct], subject: str | None = None) -> MessageKind:
    return MessageKind(data, type_.value, summary, examples.COMMANDS[type_], subject, ours=False)


EXPORT_COMMANDS = (
    _command(CommandType.REQUEST, "Create an export", ExportRequestData, "courses/42"),
    _command(CommandType.CANCEL, "End an unfinished export", ExportCancelData),
    _command(CommandType.RETRY, "Create a failed export again", ExportRetryData),
)

EXPORT_REPLIES = (
    MessageKind(
        bodies.ContentExportBody,
        ReplyType.ACCEPTED.value,
        "A command has been carried out; the data is the export",
        examples.REPLIES[ReplyType.ACCEPTED],
        "courses/42",
    ),
    MessageKind(
        Problem,
        ReplyType.REFUSED.value,
        "A command was refused; the data is the problem (RFC 9457)",
        examples.REPLIES[ReplyType.REFUSED],
    ),
)
