"""`@kth/canvas-api`, a Canvas client for Node.js, works unchanged."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.campus import Campus, write_folder
from tests.support.node import installed

FOLDER = Path(__file__).with_name("node")
USER = 3601


@pytest.fixture(scope="module")
def node() -> str:
    """Node.js, with the client installed beside the script as its lock says."""
    return installed(FOLDER, "@kth/canvas-api")


@pytest.fixture(scope="module")
def places(campus: Campus, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A course, a group and a user with the type of export that each has: one caller may export them all."""
    folder = write_folder(tmp_path_factory.mktemp("node"), {"course": {"id": 1, "name": "Node"}}, {"a.txt": b"a"})
    course = campus.load(folder)
    campus.enroll(course, USER, "teacher")
    group = campus.group(USER)
    campus.load(folder, "--group", str(group))
    campus.load(folder, "--user", str(USER))
    return {f"courses/{course}": "common_cartridge", f"groups/{group}": "zip", f"users/{USER}": "zip"}


@pytest.mark.parametrize("place", range(3), ids=["course", "group", "user"])
def test_it_creates_follows_downloads_and_lists_exports_and_states_errors(
    node: str, campus: Campus, places: dict[str, str], place: int
) -> None:
    context, export_type = list(places.items())[place]
    words = [node, "drive.mjs", campus.stack.base_url, campus.stack.token(USER), context, export_type]
    done = subprocess.run(words, cwd=FOLDER, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    reported: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])  # the library greets first
    assert (reported["created"]["workflow_state"], reported["form"]) == ("created", "created")
    assert (reported["progress"]["workflow_state"], reported["progress"]["completion"]) == ("completed", 100)
    assert (reported["shown"]["workflow_state"], reported["magic"]) == ("exported", "PK")
    assert reported["size"] == reported["shown"]["attachment"]["size"]
    assert reported["listed"][-1] == reported["created"]["id"]
    assert reported["pages"] == len(reported["listed"]) == 2
    assert (reported["self"], f"{reported['context']}") == (USER, context.rpartition("/")[2])
    assert reported["bad"] == [400, "invalid export_type"]
    assert reported["missing"] == [404, "The specified resource does not exist."]
    assert reported["refused"] == [401, "Invalid access token."]
