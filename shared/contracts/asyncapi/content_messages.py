"""Commands about content, for each kind of object, and the replies to them."""

from __future__ import annotations

from typing import Any

from shared.contracts.asyncapi import examples
from shared.contracts.asyncapi.message_kind import MessageKind
from shared.contracts.commands import Problem
from shared.contracts.content_commands import (
    CONTENT_KINDS,
    SYNC_TYPE,
    ContentAccepted,
    ContentDeleteData,
    ContentReplyType,
    ContentSyncData,
    ContentUpsertData,
    delete_type,
    upsert_type,
)
from shared.domain.content.registry import TYPES

_WITHOUT_CONTEXT = ("courses", "users")
_CLASSES = {kind.value: cls for kind, cls in TYPES.items()}
_MEMBERS = ("enrollments", "group_memberships")


def _in_context(kind: str, example: dict[str, Any]) -> dict[str, Any]:
    return example if kind in _WITHOUT_CONTEXT else {"context": "courses/42", **example}


def _upsert(kind: str) -> MessageKind:
    example = _in_context(kind, {"objects": [examples.object_of(kind)]})
    summary = f"Write {kind.replace('_', ' ')}"
    return MessageKind(ContentUpsertData, upsert_type(kind), summary, example, ours=False, objects=_CLASSES.get(kind))


def _delete(kind: str) -> MessageKind:
    ids: list[Any] = [{"user_id": 7}] if kind in _MEMBERS else [5, 6]
    example = _in_context(kind, {"ids": ids, "revision": 4})
    return MessageKind(ContentDeleteData, delete_type(kind), f"Delete {kind.replace('_', ' ')}", example, ours=False)


UPSERTS = tuple(map(_upsert, CONTENT_KINDS))
DELETES = tuple(map(_delete, CONTENT_KINDS))
SYNC = MessageKind(
    ContentSyncData,
    SYNC_TYPE,
    "Begin or end the replacement of all content of a context",
    {"context": "courses/42", "sync": "nightly-2026-03-02", "phase": "end"},
    ours=False,
)

CONTENT_REPLIES = (
    MessageKind(
        ContentAccepted,
        ContentReplyType.ACCEPTED.value,
        "What became of each object of a command",
        examples.CONTENT_ACCEPTED,
        "courses/42",
    ),
    MessageKind(
        Problem,
        ContentReplyType.REFUSED.value,
        "Nothing of a command was done; the data is the problem (RFC 9457)",
        examples.REFUSED,
    ),
)
