"""The data of events: what each type says, what is absent, and how an event is routed."""

from __future__ import annotations

from typing import Any, get_args

import msgspec
import pytest

from shared.contracts.bodies import ContentExportBody, ExportAgain
from shared.contracts.export_events import (
    DATA,
    DeletedData,
    EventAttachment,
    EventError,
    EventType,
    ExpiredData,
    ExportedData,
    ExportEventData,
    FailedData,
    RequestedData,
    at_address,
    subject_of,
    type_of,
)
from shared.contracts.topology import export_event_key
from shared.domain.export import Context, ContextType, ExportType, WorkflowState

FACTS: dict[str, Any] = {
    "id": 17,
    "content_export_id": 17,
    "progress_id": 18,
    "context": "courses/42",
    "context_type": ContextType.COURSE,
    "context_id": 42,
    "export_type": ExportType.COMMON_CARTRIDGE,
    "workflow_state": WorkflowState.CREATED,
    "completion": 0.0,
    "attempt": 0,
    "at": "2026-03-02T09:15:00.120Z",
    "created_at": "2026-03-02T09:15:00Z",
    "skip_notifications": False,
    "url": "/api/v1/courses/42/content_exports/17",
    "progress_url": "/api/v1/progress/18",
}
ERROR = EventError(code="nothing_selected", message="Nothing was selected.", attempt=1)


def test_each_type_has_data_of_its_own_under_its_own_tag() -> None:
    assert set(DATA) == set(EventType)
    assert {kind: data.__struct_config__.tag for kind, data in DATA.items()} == {each: each.value for each in EventType}
    assert set(get_args(ExportEventData)) == set(DATA.values())


def test_data_is_read_as_what_its_type_says() -> None:
    data = msgspec.json.encode(FailedData(**FACTS, error=ERROR))
    assert msgspec.json.decode(data, type=ExportEventData) == FailedData(**FACTS, error=ERROR)
    assert msgspec.json.decode(data)["type"] == type_of(FailedData(**FACTS, error=ERROR)) == "content_export.failed.v1"


def test_what_does_not_apply_is_absent_and_what_all_carry_is_always_there() -> None:
    body = msgspec.to_builtins(RequestedData(**FACTS))
    assert set(body) == {"type", *FACTS}
    assert body["skip_notifications"] is False


def test_a_state_event_names_its_fields_as_the_api_names_those_of_the_export() -> None:
    event = {field.name for kind in DATA.values() for field in msgspec.structs.fields(kind)}
    shown = {field.encode_name for field in msgspec.structs.fields(ContentExportBody)}
    # A link of `attachment` carries a right, `retried_by` is of a later export, `paused` is no event, and `warnings` are of one answer.
    assert shown - event == {"attachment", "paused", "retried_by", "warnings"}


def test_a_package_that_never_expires_has_no_time_of_its_end() -> None:
    package = EventAttachment(
        filename="a.imscc", content_type="application/zip", size=9, sha256="9f", entries=1, url=FACTS["url"]
    )
    exported = ExportedData(**FACTS, attachments=[package], complete=True, report_url=f"{FACTS['url']}/report")
    body = msgspec.to_builtins(exported)
    assert "expires_at" not in body
    assert "expires_at" not in body["attachments"][0]


def test_every_link_is_below_the_public_address_where_that_is_set() -> None:
    package = EventAttachment(filename="a", content_type="application/zip", size=9, sha256="9f", entries=1, url="/a")
    again = ExportAgain(method="POST", url="/again", body={})
    exported = ExportedData(**FACTS, attachments=[package], complete=True, report_url="/report")
    for data in (exported, ExpiredData(**FACTS, export_again=again), DeletedData(**FACTS, export_again=again)):
        paths, whole = (msgspec.to_builtins(at_address(data, base)) for base in ("", "https://x.example"))
        assert paths == msgspec.to_builtins(data)
        for name in ("url", "progress_url", "report_url"):
            assert whole.get(name) == (f"https://x.example{paths[name]}" if name in paths else None)
        assert [each["url"] for each in whole.get("attachments", ())] in ([], ["https://x.example/a"])
        assert whole.get("export_again", {"url": "https://x.example/again"})["url"] == "https://x.example/again"


@pytest.mark.parametrize(
    ("kind", "export_type", "context", "key"),
    [
        (
            EventType.EXPORTED,
            ExportType.COMMON_CARTRIDGE,
            Context(ContextType.COURSE, 42),
            "content_export.exported.common_cartridge.course.42",
        ),
        (EventType.REQUESTED, ExportType.ZIP, Context(ContextType.USER, 7), "content_export.requested.zip.user.7"),
        (EventType.PROGRESS, ExportType.QTI, Context(ContextType.GROUP, 3), "content_export.progress.qti.group.3"),
    ],
)
def test_an_event_is_routed_by_what_happened_the_export_type_and_the_context(
    kind: EventType, export_type: ExportType, context: Context, key: str
) -> None:
    assert export_event_key(kind, export_type, context) == key


def test_the_subject_of_an_event_is_its_export_by_the_path_that_shows_it() -> None:
    data = RequestedData(**FACTS)
    assert subject_of(data) == "courses/42/content_exports/17"
    assert data.url == f"/api/v1/{subject_of(data)}"
