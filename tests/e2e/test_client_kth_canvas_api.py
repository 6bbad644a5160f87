"""`@kth/canvas-api`, a Canvas client for Node.js, works unchanged."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.campus import Campus, write_folder

FOLDER = Path(__file__).with_name("node")
USER = 3601


@pytest.fixture(scope="module")
def node() -> str:
    """Node.js, with the client installed beside the script as its lock says."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("needs node and npm")
    if not (FOLDER / "node_modules" / "@kth" / "canvas-api").is_dir():
        done = subprocess.run([npm, "ci"], cwd=FOLDER, capture_output=True, text=True, check=False, timeout=120)
        if done.returncode:
            pytest.skip(f"npm cannot install @kth/canvas-api: {done.stderr.strip()[-300:]}")
    return node


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
def test_it_creates_follows_downloads_and_lists_exports_and_tells_errors(
    node: str, campus: Campus, places: dict[str, str], place: int
) -> None:
    context, export_type = list(places.items())[place]
    words = [node, "drive.mjs", campus.stack.base_url, campus.stack.token(USER), context, export_type]
    done = subprocess.run(words, cwd=FOLDER, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])  # the library greets first
    assert (told["created"]["workflow_state"], told["form"]) == ("created", "created")
    assert (told["progress"]["workflow_state"], told["progress"]["completion"]) == ("completed", 100)
    assert (told["shown"]["workflow_state"], told["magic"]) == ("exported", "PK")
    assert told["size"] == told["shown"]["attachment"]["size"]
    assert told["listed"][-1] == told["created"]["id"]
    assert told["pages"] == len(told["listed"]) == 2
    assert (told["self"], f"{told['context']}") == (USER, context.rpartition("/")[2])
    assert told["bad"] == [400, "invalid export_type"]
    assert told["missing"] == [404, "The specified resource does not exist."]
    assert told["refused"] == [401, "Invalid access token."]
