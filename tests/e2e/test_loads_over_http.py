"""Packages that are loaded with a server's URL and a site admin's token alone."""

from __future__ import annotations

import json
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from deploy.stack.checkout import ROOT
from tests.e2e.test_operator_commands import Laptop
from tests.support import hostile_zips
from tests.support.campus import write_folder
from tests.support.client import Client
from tests.support.stack import Stack

SAMPLE = ROOT / "deploy" / "sample"
PATIENCE_S = 150.0


@pytest.fixture(scope="module")
def admin_token(stack: Stack) -> str:
    return stack.token(1, "--site-admin")


@pytest.fixture
def laptop(stack: Stack, admin_token: str, tmp_path: Path) -> Laptop:
    return Laptop({"CONTENT_EXPORTS_URL": stack.base_url, "CONTENT_EXPORTS_TOKEN": admin_token}, tmp_path)


def until(condition: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + PATIENCE_S
    while not (found := condition()):
        assert time.monotonic() < deadline, what
        time.sleep(0.05)
    return found


def test_from_a_user_to_a_package_with_a_url_and_a_token_alone(laptop: Laptop, tmp_path: Path) -> None:
    user = laptop.printed("user", "--name", "Grace", "--login", "grace.laptop")
    course = laptop.printed("course", "--name", "Compilers")
    laptop.printed("enroll", "--course", course, "--user", user, "--role", "teacher")
    token = laptop.printed("token", "--user", user, "--expires", "1h")
    done = laptop.run("load", str(SAMPLE), "--course", course)
    assert done.returncode == 0, done.stderr
    loaded = json.loads(done.stdout)
    assert loaded["course_id"] == int(course)
    assert loaded["objects"]["quizzes"]
    assert "upload: " in done.stderr
    assert "load, in percent: 100 of 100" in done.stderr
    package = tmp_path / "course.imscc"
    words = ("export", "--course", course, "--type", "common_cartridge", "--out", str(package), "--token", token)
    assert "sha256" in laptop.printed(*words)
    assert zipfile.is_zipfile(package)
    again = json.loads(laptop.printed("load", str(package)))
    assert again["course_id"] != int(course)
    assert again["objects"]["quizzes"] == loaded["objects"]["quizzes"]


def test_a_load_prints_the_same_over_http_and_over_the_database(stack: Stack, laptop: Laptop, tmp_path: Path) -> None:
    database = Laptop({"DATABASE_URL": stack.database_url, "STORE_URL": stack.store_url}, tmp_path)
    over_http, over_database = (json.loads(at.printed("load", str(SAMPLE))) for at in (laptop, database))
    assert over_http.pop("course_id") != over_database.pop("course_id")
    assert over_http == over_database
    hostile = tmp_path / "hostile.imscc"
    members = [("imsmanifest.xml", b"<manifest/>"), (hostile_zips.named("../../evil.txt"), b"x")]
    hostile.write_bytes(hostile_zips.a_zip(members))  # type: ignore[arg-type]
    (tmp_path / "empty").mkdir()
    wrong: list[tuple[str, ...]] = [
        (str(hostile),),
        (str(tmp_path / "empty"),),
        (str(tmp_path / "missing.imscc"),),
        (str(SAMPLE), "--course", "999999"),
        (str(SAMPLE), "--group", "999999"),
    ]
    for words in wrong:
        http, direct = (at.run("load", *words, "--json") for at in (laptop, database))
        seen = [line for line in http.stderr.splitlines() if not line.startswith(("upload: ", "load, "))]
        assert (http.returncode, seen) == (1, direct.stderr.splitlines()), words
        assert http.stdout == direct.stdout, words
    assert "../../evil.txt" in laptop.run("load", str(hostile)).stderr


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A zip of a course that takes a while to load, since each of its files is stored on its own."""
    course = {"course": {"id": 1, "name": "Half way"}}
    folder = write_folder(tmp_path_factory.mktemp("large"), course, {f"{n}.txt": b"%d" % n for n in range(1500)})
    package = folder.parent / "large.zip"
    with zipfile.ZipFile(package, "w") as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, file.relative_to(folder))
    return package


def test_a_load_that_is_killed_half_way_shows_nothing_and_is_taken_up_again(
    stack: Stack, admin_token: str, large: Path
) -> None:
    client = Client(stack.base_url, admin_token)
    courses = "SELECT count(*) FROM courses WHERE body ->> 'name' = 'Half way'"
    load = client.http.post("/api/v1/admin/loads", content=large.read_bytes(), params={"filename": "large.zip"}).json()
    running = "SELECT 1 FROM package_loads WHERE id = $1 AND workflow_state = 'running' AND completion > 12"
    until(lambda: stack.query(running, load["id"]), "the load gets on")
    stack.kill("loader")
    try:
        shown = client.http.get(load["progress_url"]).json()
        assert shown["workflow_state"] == "running"
        assert stack.query(courses)[0][0] == 0, "nothing of it is visible"
    finally:
        stack.start("loader")
    until(
        lambda: client.http.get(load["progress_url"]).json()["workflow_state"] == "completed", "another attempt ends it"
    )
    ended = client.http.get(f"/api/v1/admin/loads/{load['id']}").json()
    assert ended["result"]["objects"]["files"] == 1500
    assert stack.query(courses)[0][0] == 1
    assert stack.query("SELECT attempt FROM package_loads WHERE id = $1", load["id"])[0][0] == 2
    uploads = Path(stack.store_url) / "uploads"
    until(lambda: not [file for file in uploads.rglob("*") if file.is_file()], "no upload is left")


def test_an_upload_that_breaks_off_leaves_no_load_and_no_object(stack: Stack, admin_token: str) -> None:
    loads = "SELECT count(*) FROM package_loads"
    before = stack.query(loads)[0][0]

    def broken() -> Any:
        yield b"x" * 3_000_000
        raise ConnectionAbortedError

    headers = {"Authorization": f"Bearer {admin_token}", "Content-Length": "9000000"}
    with pytest.raises((ConnectionAbortedError, httpx2.TransportError)):
        httpx2.post(f"{stack.base_url}/api/v1/admin/loads", content=broken(), headers=headers, trust_env=False)
    uploads = Path(stack.store_url) / "uploads"
    until(lambda: not [file for file in uploads.rglob("*") if file.is_file()], "what arrived is gone")
    assert stack.query(loads)[0][0] == before
