"""A console that is older than its gateway reads what it does not know as it stands."""

from __future__ import annotations

import msgspec
import pytest
from msgspec import UNSET

from services.console.newer_api import decoded
from shared.contracts.bodies import AttachmentBody, ContentExportBody, PausedBody
from shared.contracts.examples import example_of
from shared.contracts.webhooks.bodies import WebhookBody
from shared.domain.export import ExportType, WorkflowState

EXPORT = example_of([ContentExportBody]) or {}


def read(**fields: object) -> ContentExportBody:
    return decoded(msgspec.json.encode({**EXPORT, **fields}), ContentExportBody)


def test_known_values_are_members_beside_unknown_ones_which_are_text() -> None:
    export = read(
        workflow_state="archived", paused={"code": "frozen", "message": "Cold.", "since": "2026-03-02T09:15:00Z"}
    )
    assert (export.workflow_state, export.export_type) == ("archived", ExportType.COMMON_CARTRIDGE)
    assert isinstance(export.export_type, ExportType)
    assert isinstance(export.attachment, AttachmentBody)
    assert isinstance(export.paused, PausedBody)
    assert (export.paused.code, export.expires_at, export.retry_of) == ("frozen", EXPORT["expires_at"], UNSET)


def test_unknown_values_in_lists_are_text() -> None:
    webhook = {**(example_of([WebhookBody]) or {}), "types": ["content_export.exported.v1", "content_export.frozen.v1"]}
    (read_back,) = decoded(msgspec.json.encode([webhook]), list[WebhookBody])
    assert [str(each) for each in read_back.types] == webhook["types"]


@pytest.mark.parametrize(
    "wrong", [{"id": "x", "workflow_state": "archived"}, {"workflow_state": 7}, {"attachment": {}}]
)
def test_what_is_wrong_otherwise_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        read(**wrong)


def test_all_that_is_known_is_read_as_it_always_is() -> None:
    assert read() == msgspec.convert(EXPORT, ContentExportBody)
    assert read().workflow_state is WorkflowState.EXPORTED
