"""The description of messages: complete, and what the code and the topology have."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import msgspec
import pytest
from jsonschema import Draft7Validator

from shared.contracts.asyncapi.content_messages import UPSERTS
from shared.contracts.asyncapi.document import KINDS, document
from shared.contracts.asyncapi.export_messages import EXPORT_COMMANDS
from shared.contracts.asyncapi.message_kind import MessageKind
from shared.contracts.cloud_events import data_of, read_event
from shared.contracts.commands import CommandType, ReplyType
from shared.contracts.content_commands import CONTENT_KINDS, SYNC_TYPE, ContentReplyType, delete_type, upsert_type
from shared.contracts.export_events import EventType
from shared.contracts.topology import COMMANDS, EVENTS, EXCHANGES, QUEUES, export_event_key
from shared.domain.export import Context, ContextType, ExportType
from tests.support.described_messages import NotDescribed, check

API: dict[str, Any] = json.loads(json.dumps(document("1")))
MESSAGES: dict[str, Any] = API["components"]["messages"]


def within(node: Any) -> list[dict[str, Any]]:
    """Every object of the description."""
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    own = [node] if isinstance(node, dict) else []
    return own + [found for each in children for found in within(each)]


def test_every_reference_leads_to_a_part_of_the_description() -> None:
    references = {node["$ref"] for node in within(API) if isinstance(node.get("$ref"), str)}
    assert "#/components/schemas/ContentExport" in references
    for reference in references:
        target = API
        for word in reference.removeprefix("#/").split("/"):
            target = target[word]
    schemas = {f"#/components/schemas/{name}" for name in API["components"]["schemas"]}
    assert schemas <= references, "no schema is left over"


def test_every_type_of_the_code_is_a_message_and_nothing_else_is() -> None:
    content = {make(kind) for kind in CONTENT_KINDS for make in (upsert_type, delete_type)}
    assert set(MESSAGES) == {*CommandType, *ReplyType, *EventType, *content, SYNC_TYPE, *ContentReplyType}
    assert len(KINDS) == len(MESSAGES), "no type is described twice"


@pytest.mark.parametrize("schema", API["components"]["schemas"].values(), ids=list(API["components"]["schemas"]))
def test_a_schema_is_one_of_json_schema(schema: dict[str, Any]) -> None:
    Draft7Validator.check_schema(schema)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.type)
def test_an_example_is_as_its_description_says_and_the_code_reads_it(kind: MessageKind) -> None:
    (example,) = MESSAGES[kind.type]["examples"]
    check(example["payload"], example["headers"])
    event = read_event(msgspec.json.encode(example["payload"]), example["headers"]["content_type"], {})
    assert (event.type, event.id) == (kind.type, example["headers"]["message_id"])
    data_of(event, kind.data)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"type": "export.frog.v1"}, "no message of the description has the type export.frog.v1"),
        ({"specversion": "0.3"}, r"export.request.v1, payload, \$.specversion"),
        ({"source": ""}, r"payload, \$.source"),
        ({"data": {"export_type": "frog", "user_id": 7}}, r"payload, \$.data.export_type"),
        ({"data": {"export_type": "zip"}}, r"payload, \$.data: 'user_id' is a required property"),
        ({"data": {"export_type": "zip", "user_id": 0}}, r"payload, \$.data.user_id"),
    ],
)
def test_a_message_that_differs_from_its_description_is_found(change: dict[str, Any], reason: str) -> None:
    example = deepcopy(MESSAGES["export.request.v1"]["examples"][0])
    with pytest.raises(NotDescribed, match=reason):
        check(example["payload"] | change, example["headers"])
    with pytest.raises(NotDescribed, match=r"headers, \$: 'user_id' is a required property"):
        check(example["payload"], {"content_type": example["headers"]["content_type"]})


def test_every_exchange_queue_argument_and_binding_of_the_topology_is_described() -> None:
    channels = API["channels"]
    bound = [each for queue in QUEUES for each in channels[queue.name]["x-bindings"]]
    routed = [node["exchange"] for node in within(API) if node.get("is") == "routingKey"]
    exchanges = {(each["name"], each["type"]) for each in [*routed, *(each["exchange"] for each in bound)]}
    assert exchanges == {(each.name, each.type) for each in EXCHANGES}
    for queue in QUEUES:
        described = channels[queue.name]
        assert described["bindings"]["amqp"]["queue"]["name"] == queue.name
        assert described["x-arguments"] == queue.arguments
        pairs = [(each["exchange"]["name"], each["routingKey"]) for each in described["x-bindings"]]
        assert pairs == list(queue.bindings)


def test_each_command_is_received_by_its_routing_key_and_replied_to() -> None:
    for kind in EXPORT_COMMANDS:
        key = kind.type.removesuffix(".v1")
        channel, operation = API["channels"][key], API["operations"][f"receive.{key}"]
        assert (channel["address"], channel["bindings"]["amqp"]["exchange"]["name"]) == (key, COMMANDS)
        assert operation["action"] == "receive"
        assert operation["messages"] == [{"$ref": f"#/channels/{key}/messages/{kind.type}"}]
        assert operation["reply"]["address"]["location"] == "$message.header#/reply_to"
        answers = {each["$ref"].rpartition("/")[2] for each in operation["reply"]["messages"]}
        assert answers == set(ReplyType)
    assert API["channels"]["replies"]["address"] is None


def test_the_objects_of_a_kind_have_their_schema_and_the_code_reads_the_example() -> None:
    schemas = API["components"]["schemas"]
    for kind in UPSERTS:
        if kind.objects is None:
            continue
        items = schemas[kind.type]["allOf"][1]["properties"]["data"]["allOf"][1]["properties"]["objects"]["items"][
            "anyOf"
        ]
        assert items[0]["$ref"].rpartition("/")[2] == kind.objects.__name__
        assert kind.objects.from_json(kind.example["objects"][0]).id
        assert "extra" not in schemas[kind.objects.__name__]["properties"], (
            "unknown fields are kept under their own names"
        )


def test_events_are_sent_by_their_key() -> None:
    channel, operation = API["channels"]["events"], API["operations"]["send.events"]
    assert channel["bindings"]["amqp"]["exchange"]["name"] == EVENTS
    key = export_event_key(EventType.EXPORTED, ExportType.ZIP, Context(ContextType.GROUP, 3))
    words = {"what": "exported", "export_type": "zip", "context_type": "group", "context_id": "3"}
    assert channel["address"].format(**words) == key
    assert set(channel["parameters"]) == set(words)
    assert (operation["action"], len(operation["messages"])) == ("send", len(EventType))


def test_the_description_names_no_host_and_no_password() -> None:
    (server,) = API["servers"].values()
    assert (server["host"], server["protocol"], server["protocolVersion"]) == ("{host}:{port}", "amqp", "0.9.1")
    assert "127.0.0.1" not in json.dumps(API)
