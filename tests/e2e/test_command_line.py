"""The console script against the running system: pipes, Ctrl-C, and the commands about exports that exist."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from deploy.stack.checkout import ROOT
from deploy.stack.running_system import console_script
from tests.support.stack import Stack


@pytest.fixture(scope="module")
def token(stack: Stack) -> str:
    return stack.token(1, "--site-admin")


@pytest.fixture(scope="module")
def environment(stack: Stack, token: str) -> dict[str, str]:
    return {**os.environ, **stack.system.addresses(), "CONTENT_EXPORTS_TOKEN": token}


def popen(environment: dict[str, str], words: Sequence[str]) -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE
    return subprocess.Popen([console_script(), *words], env=environment, cwd=ROOT, stdout=pipe, stderr=pipe)


def exported(stack: Stack, token: str, sample: int) -> int:
    done = stack.cli("export", "--course", str(sample), "--type", "zip", "--no-wait", token=token)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def test_a_package_goes_to_a_pipe_and_everything_else_to_stderr(environment: dict[str, str], sample: int) -> None:
    words = ["export", "--course", str(sample), "--type", "common_cartridge", "--out", "-"]
    with popen(environment, words) as process:
        out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    with zipfile.ZipFile(io.BytesIO(out)) as package:
        assert package.testzip() is None
        assert "imsmanifest.xml" in package.namelist()
    assert b"sha256" in err


def test_ctrl_c_keeps_the_export_and_the_printed_command_downloads_it(
    stack: Stack, environment: dict[str, str], sample: int, tmp_path: Path
) -> None:
    target = tmp_path / "course.zip"
    stack.stop("zip")  # nobody builds the export, so that it is still waiting when the signal arrives
    try:
        with popen(environment, ["export", "--course", str(sample), "--type", "zip", "--out", str(target)]) as process:
            assert process.stderr is not None
            assert b"created" in process.stderr.readline()
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=60)
    finally:
        stack.start("zip")
    assert process.returncode == 130
    assert not target.exists()
    printed = err.decode().strip().splitlines()[-1].partition("content-exports ")[2].split()
    assert printed[0] == "download"
    done = stack.cli(*printed, token=environment["CONTENT_EXPORTS_TOKEN"])
    assert done.returncode == 0, done.stderr
    assert zipfile.is_zipfile(target)


def test_an_export_is_shown_reported_listed_and_deleted(stack: Stack, token: str, sample: int, tmp_path: Path) -> None:
    named = str(exported(stack, token, sample)), "--course", str(sample)
    target = tmp_path / "p.zip"
    assert stack.cli("download", *named, "--out", str(target), token=token).returncode == 0
    shown = json.loads(stack.cli("show", *named, "--json", token=token).stdout)
    assert shown["attachment"]["size"] == target.stat().st_size
    page = tmp_path / "report.html"
    assert stack.cli("report", *named, "--html", str(page), token=token).returncode == 0
    assert f"Export {named[0]}: exported" in page.read_text()
    entries = json.loads(stack.cli("entries", *named, "--json", token=token).stdout)
    with zipfile.ZipFile(target) as package:
        assert [each["path"] for each in entries] == package.namelist()
    url = f"{stack.base_url}/api/v1/courses/{sample}/content_exports/{named[0]}"
    assert stack.cli("delete", url, token=token).returncode == 0
    gone = stack.cli("download", url, "--out", str(target), token=token)
    assert gone.returncode == 1
    assert gone.stderr.strip()


def test_a_waiting_export_is_cancelled_and_retried(stack: Stack, token: str, sample: int) -> None:
    stack.stop("zip")
    try:
        named = str(exported(stack, token, sample)), "--course", str(sample)
        done = stack.cli("cancel", *named, "--message", "not now", "--json", token=token)
        assert json.loads(done.stdout)["workflow_state"] == "failed"
    finally:
        stack.start("zip")
    retried = stack.cli("retry", *named, token=token)
    assert retried.returncode == 0, retried.stderr
    assert retried.stdout.strip() != named[0]


def test_the_content_and_the_plan_of_a_course_are_printed(stack: Stack, token: str, sample: int) -> None:
    tree = stack.cli("content-list", "--course", str(sample), token=token)
    assert "all_wiki_pages" in tree.stdout
    plan = stack.cli("dry-run", "--course", str(sample), "--type", "qti", "--json", token=token)
    assert json.loads(plan.stdout)["entries"] > 0


def test_doctor_finds_the_running_system_well_and_a_wrong_token_a_problem(
    stack: Stack, token: str, tmp_path: Path
) -> None:
    well = stack.cli("doctor", "--out", str(tmp_path), "--json", token=token)
    problems = [each for each in json.loads(well.stdout)["checks"] if each["advice"] and each["name"] != "disk"]
    assert problems == []
    ill = stack.cli("doctor", token="wrong")
    assert ill.returncode == 1
    assert "problem  token: " in ill.stdout
