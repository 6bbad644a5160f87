"""The data of commands about content: what is read, and which path an error names."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from shared.contracts.cloud_events import decoded
from shared.contracts.content_commands import (
    CONTENT_KINDS,
    ContentDeleteData,
    ContentSyncData,
    ContentUpsertData,
    MemberKey,
    SyncPhase,
    upsert_type,
)
from shared.domain.content.registry import TYPES
from shared.domain.errors import MalformedMessage


def test_every_kind_of_the_registry_and_every_kind_of_people_has_commands() -> None:
    assert {kind.value for kind in TYPES} < set(CONTENT_KINDS)
    assert {"courses", "groups", "users", "enrollments", "group_memberships"} < set(CONTENT_KINDS)
    assert upsert_type("pages") == "content.pages.upsert.v1"


@pytest.mark.parametrize(
    ("struct", "data", "path"),
    [
        (ContentUpsertData, {"objects": []}, "data.objects"),
        (ContentUpsertData, {"objects": 5}, "data.objects"),
        (ContentUpsertData, {"objects": [{}], "sync": "a b"}, "data.sync"),
        (ContentDeleteData, {"ids": [0]}, "data.ids[0]"),
        (ContentDeleteData, {"ids": [1], "updated_at": "2026-01-01T00:00:00"}, "data.updated_at"),
        (ContentSyncData, {"sync": "1", "phase": "middle"}, "data.phase"),
        (ContentSyncData, {"phase": "begin"}, "data.sync"),
    ],
)
def test_an_error_names_the_path_of_the_field(struct: type[msgspec.Struct], data: Any, path: str) -> None:
    with pytest.raises(MalformedMessage) as caught:
        decoded(msgspec.json.encode(data), struct, "data")
    assert caught.value.item == path


def test_a_member_is_deleted_by_user_and_role() -> None:
    data = decoded(b'{"ids":[{"user_id":7,"role":"student"}]}', ContentDeleteData)
    assert data.ids == [MemberKey(user_id=7, role="student")]
    assert decoded(b'{"sync":"s","phase":"abort"}', ContentSyncData).phase is SyncPhase.ABORT
