"""The description of messages is what AsyncAPI's own parser takes, as it is printed."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from deploy.stack.running_system import console_script
from shared.contracts.commands import CommandType, ReplyType
from shared.contracts.export_events import EventType
from tests.support.node import installed

FOLDER = Path(__file__).with_name("node_messages")
ERROR, NEWER_VERSION = 0, "asyncapi-latest-version"


@pytest.fixture(scope="module")
def printed() -> dict[str, Any]:
    """The output of `content-exports asyncapi`."""
    done = subprocess.run([console_script(), "asyncapi"], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def parsed(described: dict[str, Any]) -> dict[str, Any]:
    """What the parser finds in a description."""
    words = [installed(FOLDER, "@asyncapi/parser"), "validate.mjs"]
    done = subprocess.run(
        words, input=json.dumps(described), cwd=FOLDER, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_the_official_parser_has_nothing_to_say_against_it(printed: dict[str, Any]) -> None:
    found = parsed(printed)
    assert [each for each in found["findings"] if each["code"] != NEWER_VERSION] == []
    assert set(found["messages"]) >= {*CommandType, *ReplyType, *EventType}


def test_the_parser_finds_what_is_wrong(printed: dict[str, Any]) -> None:
    del printed["components"]["schemas"]["Problem"]
    found = parsed(printed)
    assert not found["valid"]
    wrong = [each["path"] for each in found["findings"] if each["severity"] == ERROR]
    assert "components.schemas.export.refused.v1.allOf.1.properties.data.$ref" in wrong
