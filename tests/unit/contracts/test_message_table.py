"""The table of messages on the page for internal services has a row for each message of the description."""

from __future__ import annotations

from shared.contracts.asyncapi.content_messages import CONTENT_REPLIES, DELETES, SYNC, UPSERTS
from shared.contracts.asyncapi.export_messages import EXPORT_COMMANDS, EXPORT_EVENTS, EXPORT_REPLIES
from shared.contracts.asyncapi.message_kind import MessageKind
from shared.contracts.content_commands import CONTENT_KINDS
from shared.contracts.export_events import EventType
from tests.support.pages import GATEWAY, section

PAGE = section(GATEWAY, "## All messages of services")


def row(kind: MessageKind, direction: str, key: str) -> str:
    return f"| `{kind.type}` | {direction} | {key} | {kind.summary} |"


def rows() -> list[str]:
    """The table as the description has it; the kinds of content share a row."""
    of_any_kind = [
        f"| `content.<kind>.{verb}.v1` | command | `content.<kind>.{verb}` | {text} |"
        for verb, text in (("upsert", "Write objects"), ("delete", "Delete objects"))
    ]
    commands = [row(kind, "command", f"`{kind.key}`") for kind in EXPORT_COMMANDS]
    replies = [row(kind, "reply", "the `reply_to`") for kind in (*EXPORT_REPLIES, *CONTENT_REPLIES)]
    events = [
        row(kind, "event", f"`content_export.{EventType(kind.type).what}.<export_type>.<context_type>.<context_id>`")
        for kind in EXPORT_EVENTS
    ]
    return [*commands, *of_any_kind, row(SYNC, "command", f"`{SYNC.key}`"), *replies, *events]


def test_the_table_is_the_description() -> None:
    table = [line for line in PAGE.splitlines() if line.startswith("|")]
    assert table[2:] == rows()


def test_the_rows_of_any_kind_stand_for_every_kind_which_the_page_names() -> None:
    assert [kind.key for kind in UPSERTS] == [f"content.{kind}.upsert" for kind in CONTENT_KINDS]
    assert [kind.key for kind in DELETES] == [f"content.{kind}.delete" for kind in CONTENT_KINDS]
    for kind in CONTENT_KINDS:
        assert f"`{kind}`" in PAGE
