"""The commands of the README and of the page for callers of the HTTP API work when they are pasted unchanged."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.stack.checkout import ROOT
from deploy.stack.run import write_env
from deploy.stack.running_system import console_script
from tests.support.pages import GATEWAY, HOUSE, section
from tests.support.stack import Stack

TEXT = section(HOUSE, "## A first export") + section(GATEWAY, "## The HTTP API")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


@dataclass
class Pasted:
    """The output of one shell for each block, and its folder."""

    said: list[str]
    folder: Path

    def to(self, words: str) -> str:
        """The answer to the one block with these words."""
        (place,) = [place for place, (_, text) in enumerate(BLOCKS) if words in text]
        return self.said[place]


@pytest.fixture(scope="module")
def pasted(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Pasted:
    """One shell in a folder like that of the repository; it ends with the first command that fails."""
    folder, mark = tmp_path_factory.mktemp("readme"), "--- the next block ---"
    (folder / "deploy").symlink_to(ROOT / "deploy")
    (folder / ".run").mkdir()
    token = stack.token(1, "--site-admin")
    write_env(folder / ".run" / "env", {**stack.system.addresses(), "CONTENT_EXPORTS_TOKEN": token})
    script = "".join(f"echo '{mark}'\n{_as_shell(*block)}" for block in BLOCKS)
    env = {
        **os.environ,
        "PATH": f"{Path(console_script()).parent}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "no_proxy": "*",
    }
    words = ["bash", "-c", f"set -eEuo pipefail\ntrap 'echo \"failed: $BASH_COMMAND\" >&2' ERR\n{script}"]
    done = subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    return Pasted(done.stdout.split(f"{mark}\n")[1:], folder)


def _as_shell(language: str, text: str) -> str:
    return text if language == "sh" else f"{language}3 - <<'END_OF_BLOCK'\n{text}END_OF_BLOCK\n"


def test_the_page_has_commands_for_the_shell_and_for_python() -> None:
    assert {language for language, _ in BLOCKS} == {"sh", "python"}
    assert TEXT.count("```") == 2 * len(BLOCKS)


def test_a_first_export_is_a_package_and_its_stream_ends(pasted: Pasted) -> None:
    with zipfile.ZipFile(pasted.folder / "course.imscc") as package:
        assert "imsmanifest.xml" in package.namelist()
    assert '"workflow_state":"exported"' in pasted.to('"$progress/events"')


def test_a_download_that_broke_off_goes_on_and_is_a_package(pasted: Pasted) -> None:
    with zipfile.ZipFile(pasted.folder / "again.imscc") as package:
        assert "imsmanifest.xml" in package.namelist()
        assert package.testzip() is None


def test_an_export_is_waited_for_and_followed_to_its_end(pasted: Pasted) -> None:
    said = pasted.to("export_type=qti")
    shown, _, stream = said.partition("id: ")
    assert '"workflow_state":"exported"' in shown
    assert "event: content_export.state\n" in stream
    assert '"completion":100' in stream


def test_selections_are_exports_and_a_dry_run_is_not(pasted: Pasted) -> None:
    said = pasted.to("content_list")
    assert '"id":"wiki_page_1"' in said
    assert said.count('"workflow_state":"created"') == 3
    dry = pasted.to("dry_run")
    assert "workflow_state" not in dry
    assert "modules" in dry


def test_a_list_leads_on_and_an_export_states_what_it_holds(pasted: Pasted) -> None:
    said = pasted.to("-X DELETE")
    assert 'rel="next"' in said
    assert '"expected":{' in said
    assert '"path":"' in said
    assert '"workflow_state":"deleted"' in said
    assert (pasted.folder / "manifest.xml").read_bytes().startswith(b"<?xml")


def test_a_key_is_one_export_and_a_failed_one_is_asked_for_anew(pasted: Pasted) -> None:
    said = pasted.to("Idempotency-Key")
    first, second, *_ = re.findall(r'"id":(\d+)', said)
    assert first == second
    assert "nothing_selected" in said
    assert '"retry_of":' in said
    assert '"title":"Bad Request"' in said


def test_canvasapi_downloads_and_lists(pasted: Pasted) -> None:
    lines = pasted.to("canvasapi").splitlines()
    assert re.fullmatch(r"\d+ common_cartridge exported", lines[0])
    assert len(lines) > 5
    with zipfile.ZipFile(pasted.folder / "pages.imscc") as package:
        assert any(name.startswith("wiki_content/") for name in package.namelist())
