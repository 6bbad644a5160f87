"""`make run` and `make demo` on servers of their own: the file for a shell, the packages, and no process left behind."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.stack.checkout import ROOT
from deploy.stack.child_processes import ProcessIdentity, wait_until
from deploy.stack.install import ensure_installed
from deploy.stack.server_folder import ServerFailed
from deploy.stack.stack_folder import StackFolder

SERVICES = {
    "gateway",
    "inbox",
    "relay",
    "cartridge",
    "qti",
    "zip",
    "loader",
    "janitor",
    "notifier",
    "progress",
    "ingest",
}
EXPORT = """
set -eu
. "$1/env"
export CONTENT_EXPORTS_URL CONTENT_EXPORTS_TOKEN
course=$(content-exports load deploy/sample | "$2" -c 'import json, sys; print(json.load(sys.stdin)["course_id"])')
content-exports export --course "$course" --type common_cartridge --out "$1/course.imscc"
content-exports list --course "$course" --json
"""


@pytest.fixture
def env() -> dict[str, str]:
    """The environment without addresses of servers, the virtual environment's programs first on the path."""
    try:
        ensure_installed()
    except ServerFailed as error:
        pytest.skip(str(error))
    reported = {"DATABASE_URL", "AMQP_URL", "STORE_URL", "CONTENT_EXPORTS_URL", "CONTENT_EXPORTS_TOKEN"}
    kept = {name: value for name, value in os.environ.items() if name not in reported}
    return {**kept, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}


@pytest.fixture
def stack_folder(tmp_path: Path) -> Iterator[Path]:
    """A stack folder; processes that a failed test leaves running in it are ended."""
    folder = tmp_path / "stack"
    yield folder
    left = StackFolder(folder)
    left.acquire()
    left.remove()


def started(stack_folder: Path) -> dict[str, ProcessIdentity]:
    processes = json.loads((stack_folder / "owner.json").read_text())["processes"]
    return {entry["name"]: ProcessIdentity(entry["pid"], entry["started"]) for entry in processes}


def run(stack_folder: Path, env: dict[str, str]) -> tuple[subprocess.Popen[str], str]:
    """A process of `make run` that is ready, and its output so far."""
    command = [sys.executable, "-m", "deploy.stack.run", "--folder", str(stack_folder)]
    process = subprocess.Popen(command, cwd=ROOT, env=env, text=True, stdout=subprocess.PIPE)
    assert process.stdout is not None
    printed = ""
    for line in process.stdout:
        printed += line
        if "in a shell" in line:
            break
    return process, printed


def test_a_shell_sources_what_make_run_wrote_and_exports_a_course_and_sigterm_ends_everything(
    stack_folder: Path, env: dict[str, str]
) -> None:
    process, printed = run(stack_folder, env)
    processes = started(stack_folder)
    assert set(processes) >= SERVICES
    assert re.search(r"base URL +http://127\.0\.0\.1:\d+$", printed, re.MULTILINE)

    shell = ["sh", "-c", EXPORT, "shell", str(stack_folder), sys.executable]
    exported = subprocess.run(shell, cwd=ROOT, env=env, text=True, capture_output=True, check=False)
    assert exported.returncode == 0, exported.stderr
    assert '"workflow_state": "exported"' in exported.stdout.splitlines()[-1]
    assert "imsmanifest.xml" in zipfile.ZipFile(stack_folder / "course.imscc").namelist()

    process.send_signal(signal.SIGTERM)
    assert process.wait(45) == 0
    assert not [name for name, identity in processes.items() if identity.alive()]
    assert not (stack_folder / "env").exists(), "addresses of what has stopped lead nowhere"


def test_a_service_that_ends_by_itself_is_started_again_and_the_next_start_has_the_same_port_and_token(
    stack_folder: Path, env: dict[str, str]
) -> None:
    process, printed = run(stack_folder, env)
    killed = started(stack_folder)["qti"]
    os.kill(killed.pid, signal.SIGKILL)
    assert process.stdout is not None
    assert "qti ended unexpectedly (SIGKILL)" in next(line for line in process.stdout if "ended" in line)
    assert wait_until(lambda: started(stack_folder)["qti"] != killed, 10)

    process.kill()
    process.wait()
    processes = started(stack_folder)
    assert wait_until(lambda: not any(identity.alive() for identity in processes.values()), 10), "nothing outlives it"

    process, again = run(stack_folder, env)
    kept = re.compile(r"^  (?:base URL|token) .*$", re.MULTILINE)
    assert kept.findall(again) == kept.findall(printed)
    process.send_signal(signal.SIGTERM)
    assert process.wait(45) == 0


def test_the_demo_ends_with_three_packages_and_a_line_for_each_of_them_and_of_their_events(
    stack_folder: Path, env: dict[str, str], tmp_path: Path
) -> None:
    out = tmp_path / "a folder"
    command = [sys.executable, "-m", "deploy.stack.demo", "--folder", str(stack_folder), "--out", str(out)]
    shown = subprocess.run(command, cwd=ROOT, env=env, text=True, capture_output=True, check=False)
    assert shown.returncode == 0, shown.stdout + shown.stderr
    packages = {path.name: len(zipfile.ZipFile(path).namelist()) for path in out.iterdir() if path.is_file()}
    assert set(packages) == {"sample.imscc", "sample-qti.zip", "sample-files.zip"}
    for name, entries in packages.items():
        size = (out / name).stat().st_size
        line = rf"^{re.escape(str(out / name))}: {size:,} bytes, {entries:,} entries, \d+\.\d s, sha256 verified$"
        assert re.search(line, shown.stdout, re.MULTILINE), shown.stdout
    assert "common_cartridge: exported 100 %" in shown.stderr
    for export_type in ("common_cartridge", "qti", "zip"):
        events = re.findall(rf"^event content_export\.(\w+)\.v1 {export_type} (\d+) %$", shown.stdout, re.MULTILINE)
        states = [each for each in events if each[0] != "progress"]
        assert states[:3] == [("requested", "0"), ("exporting", "0"), ("exported", "100")], shown.stdout
    of_service = shown.stdout[shown.stdout.index("service catalogue") :]
    assert len(re.findall(r"^PUT /api/v1/blobs/\w{64} 201$", of_service, re.MULTILINE)) == 3
    for line in (
        "content.accepted.v1 of content.pages.upsert.v1",
        "export.accepted.v1 of export.request.v1",
        "event content_export.exported.v1 common_cartridge 100 %",
    ):
        assert line in of_service.splitlines()
    names = zipfile.ZipFile(out / "service" / "course.imscc").namelist()
    pages, files = (
        [name for name in names if name.startswith(f"{each}/")] for each in ("wiki_content", "web_resources")
    )
    assert (len(pages), len(files)) == (40, 3)
