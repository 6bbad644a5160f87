"""The envelope of messages: what is read of a message, what is refused and where, what is sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from shared.adapters.rabbitmq.event_message import event_message
from shared.contracts.cloud_events import STRUCTURED, CloudEvent, cloud_event, data_of, encode_event, read_event
from shared.contracts.commands import ExportCancelData, ExportRequestData
from shared.domain.errors import MalformedMessage

Result = TypeVar("Result")

EVENT: dict[str, Any] = {
    "specversion": "1.0",
    "id": "8f6c",
    "source": "/sis",
    "type": "export.request.v1",
    "subject": "courses/42",
    "time": "2026-11-27T12:00:00Z",
    "datacontenttype": "application/json",
    "data": {"export_type": "common_cartridge", "user_id": 7, "select": {"pages": [1, 2]}},
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


class Fact(Struct, frozen=True):
    """Any data."""

    number: int


def structured(event: Any) -> CloudEvent:
    return read_event(json.dumps(event).encode(), STRUCTURED, {})


def binary(attributes: dict[str, Any], prefix: str = "cloudEvents:", body: bytes = b'{"id": 3}') -> CloudEvent:
    return read_event(body, "application/json", {f"{prefix}{name}": value for name, value in attributes.items()})


def attempt(read: Callable[[], Result]) -> Result | MalformedMessage:
    """What is read, or why it cannot be."""
    try:
        return read()
    except MalformedMessage as error:
        return error


def path_of(event: Any) -> str | None:
    with pytest.raises(MalformedMessage) as refused:
        data_of(structured(event), ExportRequestData)
    assert str(refused.value)
    return refused.value.item


def test_a_command_in_structured_mode_is_its_body() -> None:
    event = structured(EVENT)
    assert (event.id, event.source, event.subject) == ("8f6c", "/sis", "courses/42")
    assert event.time == datetime(2026, 11, 27, 12, tzinfo=UTC)
    assert data_of(event, ExportRequestData).select == {"pages": [1, 2]}


@pytest.mark.parametrize("prefix", ["cloudEvents:", "cloudEvents_"])
def test_a_command_in_binary_mode_has_its_attributes_in_headers(prefix: str) -> None:
    attributes = {"specversion": "1.0", "id": "8f6c", "source": "/sis", "type": "export.cancel.v1", "shoe": 9}
    event = binary(attributes, prefix)
    assert (event.id, event.type, data_of(event, ExportCancelData).id) == ("8f6c", "export.cancel.v1", 3)


def test_a_structured_command_of_a_plain_json_type_is_understood() -> None:
    assert read_event(json.dumps(EVENT).encode(), "application/json", {}).id == "8f6c"
    assert read_event(json.dumps(EVENT).encode(), None, {}).id == "8f6c"


def test_unknown_attributes_and_fields_are_ignored_and_null_is_absent() -> None:
    event = structured({**EVENT, "shoesize": 46, "subject": None, "data": {**EVENT["data"], "hat": "blue"}})
    assert event.subject is None
    assert data_of(event, ExportRequestData).user_id == 7


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"id": 5}, "id"),
        ({"id": ""}, "id"),
        ({"id": "a\n"}, "id"),
        ({"id": "a\0"}, "id"),
        ({"source": "no reference"}, "source"),
        ({"type": None}, "type"),
        ({"specversion": "0.3"}, "specversion"),
        ({"time": "2026-11-27T12:00:00"}, "time"),
        ({"datacontenttype": "text/xml"}, "datacontenttype"),
        ({"data": 1}, "data"),
        ({"data": {}}, "data.export_type"),
        ({"data": {"export_type": "frog", "user_id": 7}}, "data.export_type"),
        ({"data": {"export_type": "zip", "user_id": 7.5}}, "data.user_id"),
        ({"data": {"export_type": "zip", "user_id": 2**63}}, "data.user_id"),
        ({"data": {"export_type": "zip", "user_id": 7, "select": []}}, "data.select"),
        ({"data": {"export_type": "zip", "user_id": 7, "skip_notifications": "yes"}}, "data.skip_notifications"),
    ],
)
def test_a_field_of_the_wrong_type_is_an_error_that_names_its_path(change: dict[str, Any], path: str) -> None:
    assert path_of({**EVENT, **change}) == path


@pytest.mark.parametrize("missing", ["specversion", "id", "source", "type", "data"])
def test_an_event_lacks_no_attribute_that_is_required(missing: str) -> None:
    assert path_of({name: value for name, value in EVENT.items() if name != missing}) == missing


def test_a_header_of_the_wrong_type_is_named_as_it_was_sent() -> None:
    with pytest.raises(MalformedMessage) as refused:
        binary({"specversion": "1.0", "id": "8f6c", "source": 4, "type": "t"})
    assert refused.value.item == "cloudEvents:source"


@pytest.mark.parametrize("body", [b"", b"\xff", b"{", b"[]", b"7", b'{"data":' + b"[" * 200_000])
def test_a_body_that_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedMessage):
        read_event(body, STRUCTURED, {})


def test_data_that_is_no_json_is_refused_in_binary_mode() -> None:
    with pytest.raises(MalformedMessage) as refused:
        data_of(binary({"specversion": "1.0", "id": "1", "source": "/s", "type": "t"}, body=b"{"), ExportCancelData)
    assert refused.value.item == "data"


@given(body=st.binary(max_size=200) | JSON.map(lambda data: json.dumps(data).encode()), media=st.text(max_size=30))
def test_any_body_is_an_event_or_a_malformed_message(body: bytes, media: str) -> None:
    found = attempt(lambda: read_event(body, media, {}))
    assert str(found) if isinstance(found, MalformedMessage) else found.id


@given(headers=st.dictionaries(st.sampled_from([f"cloudEvents:{name}" for name in EVENT]), JSON), body=st.binary())
def test_any_headers_are_an_event_or_a_malformed_message(headers: dict[str, Any], body: bytes) -> None:
    found = attempt(lambda: read_event(body, None, headers))
    assert str(found) if isinstance(found, MalformedMessage) else found.id


@given(
    data=st.dictionaries(
        st.sampled_from(["export_type", "user_id", "context", "select", "version", "max_part_size"]), JSON
    )
)
def test_any_data_is_a_request_or_names_a_field_of_it(data: dict[str, Any]) -> None:
    found = attempt(lambda: data_of(structured({**EVENT, "data": data}), ExportRequestData))
    if isinstance(found, MalformedMessage):
        assert (found.item or "").startswith("data")
    else:
        assert found.create_request().export_type == data["export_type"]


@given(
    event_id=st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=255), number=st.integers(0, 2**53)
)
def test_what_is_sent_is_read_as_the_same_event(event_id: str, number: int) -> None:
    sent = cloud_event(
        "content_export.exported.v1", Fact(number), event_id=event_id, subject="courses/42", sequence="4"
    )
    read = read_event(encode_event(sent), STRUCTURED, {})
    assert (read.id, read.time, read.subject, read.sequence) == (sent.id, sent.time, sent.subject, "4")
    assert data_of(read, Fact).number == number


def test_the_properties_of_a_message_say_what_the_event_says() -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    event = cloud_event("export.accepted.v1", Fact(1), event_id="e1", traceparent=trace)
    body, sent = event_message(event, correlation_id="c1")
    assert body == encode_event(event)
    assert sent.content_type == STRUCTURED
    assert sent.delivery_mode == 2, "persistent"
    assert (sent.message_id, sent.message_type, sent.app_id) == ("e1", "export.accepted.v1", "content_exports")
    assert (sent.correlation_id, sent.timestamp, sent.headers) == ("c1", event.time, {"traceparent": trace})
