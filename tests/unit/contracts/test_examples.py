"""What the description shows as an example is what the API takes and answers."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from shared.contracts.export_events import ProgressData, StateData
from shared.contracts.openapi import document
from shared.contracts.operations import OPERATIONS

API: dict[str, Any] = json.loads(msgspec.json.encode(document(OPERATIONS, "1")))


def media_of(node: Any, place: str = "") -> list[tuple[str, dict[str, Any]]]:
    """(place, media type object) of everything below that has an example."""
    if not isinstance(node, dict):
        return []
    own = [(place, node)] if "example" in node else []
    return own + [found for key, each in node.items() if key != "schemas" for found in media_of(each, f"{place} {key}")]


MEDIA = media_of(API["paths"])


def test_the_description_with_its_examples_is_valid_openapi() -> None:
    validate(API)


def test_every_operation_that_takes_or_gives_an_object_of_exports_shows_one() -> None:
    shown = {place.split()[0] + " " + place.split()[1] for place, _ in MEDIA}
    for path, verbs in API["paths"].items():
        for verb, operation in verbs.items():
            if operation["tags"][0] in {"Exports", "Progress"}:
                assert f"{path} {verb}" in shown


@pytest.mark.parametrize("media", [each for _, each in MEDIA if "schema" in each])
def test_an_example_is_valid_by_its_schema(media: dict[str, Any]) -> None:
    Draft202012Validator({**media["schema"], "components": API["components"]}).validate(media["example"])


def test_the_events_of_a_stream_have_their_schema_and_an_example_that_is_one() -> None:
    streams = [each for _, each in MEDIA if "x-events" in each]
    assert len(streams) == 5, "one of an export, three of contexts, one of all"
    for stream in streams:
        assert set(stream["x-events"]) == {"content_export.state", "content_export.progress"}
        for block in stream["example"].strip().split("\n\n"):
            fields = dict(line.split(": ", 1) for line in block.splitlines())
            assert fields["event"] in stream["x-events"]
            kind = ProgressData if fields["event"].endswith("progress") else StateData
            msgspec.json.decode(fields["data"], type=kind)  # type: ignore[call-overload]  # a union
