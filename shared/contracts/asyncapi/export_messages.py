"""Commands about exports, the replies to them, and the events of exports."""

from __future__ import annotations

from msgspec import Struct

from shared.contracts.asyncapi import event_examples, examples
from shared.contracts.asyncapi.message_kind import MessageKind
from shared.contracts.bodies import ContentExportBody
from shared.contracts.commands import (
    CommandType,
    ExportCancelData,
    ExportRequestData,
    ExportRetryData,
    Problem,
    ReplyType,
)
from shared.contracts.export_events import DATA, EventType, subject_of


def _command(type_: CommandType, summary: str, data: type[Struct], subject: str | None = None) -> MessageKind:
    return MessageKind(data, type_.value, summary, examples.COMMANDS[type_], subject, ours=False)


EXPORT_COMMANDS = (
    _command(CommandType.REQUEST, "Create an export", ExportRequestData, "courses/42"),
    _command(CommandType.CANCEL, "End an unfinished export", ExportCancelData),
    _command(CommandType.RETRY, "Create a failed export again", ExportRetryData),
)

EXPORT_REPLIES = (
    MessageKind(
        ContentExportBody,
        ReplyType.ACCEPTED.value,
        "A command has been carried out; the data is the export",
        examples.ACCEPTED,
        "courses/12",
    ),
    MessageKind(
        Problem,
        ReplyType.REFUSED.value,
        "A command was refused; the data is the problem (RFC 9457)",
        examples.REFUSED,
    ),
)

_SUMMARIES = {
    EventType.REQUESTED: "An export was requested",
    EventType.EXPORTING: "A worker builds it",
    EventType.PROGRESS: "Completion has risen; only the latest matters, at most one a second for each export",
    EventType.EXPORTED: "Its packages can be downloaded",
    EventType.FAILED: "It has ended without a package",
    EventType.CANCELLED: "It was cancelled",
    EventType.EXPIRED: "Its packages were removed at the end of their time",
    EventType.DELETED: "It was deleted",
}


def _event(type_: EventType) -> MessageKind:
    example = event_examples.EVENTS[type_]
    body = event_examples.as_json(example)
    return MessageKind(
        DATA[type_], type_.value, _SUMMARIES[type_], body, subject_of(example), sequence=body.get("sequence")
    )


EXPORT_EVENTS = tuple(map(_event, EventType))
