"""The verbs of operators on the containers of compose, by `make` as they type them."""

from __future__ import annotations

import os
import re
import subprocess

from deploy.stack.checkout import ROOT
from deploy.stack.service_processes import SERVICES
from tests.containers.engine import CommandFailed, docker
from tests.containers.project import IMAGE, PROJECT, TYPES, Project
from tests.support.client import Client


def make(running: Project, verb: str, *words: str, **env: str) -> str:
    """The output of a verb on a project. Raises CommandFailed."""
    done = _make(running, verb, *words, **env)
    if done.returncode:
        raise CommandFailed(f"make {verb} {' '.join(words)} ended with {done.returncode}:\n{done.stdout[-3000:]}")
    return done.stdout


def refused(running: Project, verb: str, *words: str, sentence: str, **env: str) -> None:
    """A verb that must end with an exit code and this sentence."""
    done = _make(running, verb, *words, **env)
    assert done.returncode, f"make {verb} {' '.join(words)} ended well:\n{done.stdout}"
    assert sentence in done.stdout, done.stdout
    running.note(f"make {verb} {' '.join(words)}".strip(), f"refused: {sentence}")


def _make(running: Project, verb: str, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    folder = running.folder
    own = {
        "COMPOSE": " ".join(running.compose[: running.compose.index("--project-name")]),
        "PROJECT": PROJECT,
        "SECRETS": str(folder / "secrets.env"),
        "SETTINGS": str(folder / "settings.env"),
        "DEFINITIONS": str(folder / "definitions.json"),
        "DEPLOYED": str(folder / "deployed"),
        "IMAGE": IMAGE,
        "TARGET": "compose",
    }
    settings = [f"{name}={value}" for name, value in own.items()]
    return subprocess.run(
        ["make", "--no-print-directory", verb, *settings, *words],
        cwd=ROOT, env={**os.environ, **env}, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip


def verbs(running: Project, client: Client, course: int) -> None:
    """Each verb that looks at the system or changes its size does so; each that cannot ends with a sentence."""
    status = make(running, "status")
    for service in SERVICES:
        assert re.search(rf"^{service.name} +ready +\d", status, re.MULTILINE), status
    export = client.exported(course, "qti")
    log = make(running, "logs", "SERVICE=qti", f"EXPORT={export['id']}")
    assert "export_finished" in log, log
    others = {str(each["id"]) for each in client.http.get(f"/api/v1/courses/{course}/content_exports").json()}
    assert not others & set(re.findall(r'"export_id": ?(\d+)', log)) - {str(export["id"])}, log
    _scaled(running)
    _drained(running, client, course)
    assert "all is well" in make(running, "smoke")
    token = make(running, "token").split()[-1]
    assert Client(running.url, token).http.get("/api/v1/users/self").status_code == 200
    make(running, "migrate")
    assert "and print what is damaged" in make(running, "scrub", "DRY=1")
    running.note("verbs", "status, logs, scale, drain, smoke, token, migrate and scrub did what they say")
    _refusals(running, client)


def _scaled(running: Project) -> None:
    make(running, "scale", "WORKER=zip", "N=2")
    running.wait()
    assert len(_containers(running, "zip")) == 2
    make(running, "scale", "WORKER=zip", "N=1")
    assert len(_containers(running, "zip")) == 1


def _containers(running: Project, service: str) -> list[str]:
    filters = (f"label=com.docker.compose.project={PROJECT}", f"label=com.docker.compose.service={service}")
    return docker("ps", "--quiet", *(word for each in filters for word in ("--filter", each))).split()


def _drained(running: Project, client: Client, course: int) -> None:
    """A worker that is drained takes nothing; the others do; it takes exports again once that is undone."""
    env = {"CONTENT_EXPORTS_URL": running.url, "CONTENT_EXPORTS_TOKEN": client.token}
    workers = client.http.get("/api/v1/admin/workers").json()
    (worker,) = [each["name"] for each in workers if each["export_type"] == "qti" and each["is_alive"]]
    assert "takes no more exports" in make(running, "drain", f"WORKER={worker}", **env)
    waiting = client.create(course, "qti")
    others = [client.finished(client.create(course, each))["workflow_state"] for each in TYPES if each != "qti"]
    assert others == ["exported"] * 2
    assert client.progress(waiting)["workflow_state"] == "queued"
    make(running, "drain", f"WORKER={worker}", "ARGS=--undo", **env)
    assert client.finished(waiting)["workflow_state"] == "exported"
    refused(running, "drain", "WORKER=nobody", sentence="nobody", **env)


def _refusals(running: Project, client: Client) -> None:
    refused(running, "deploy", "VERSION=99.0.0", sentence=f"there is no image {IMAGE}:99.0.0")
    assert client.http.get("/api/v1/users/self").status_code == 200, "nothing was changed"
    refused(running, "rollback", sentence="there is no version to go back to")
    refused(running, "scale", "WORKER=frog", "N=2", sentence="WORKER=frog: name a process")
    refused(running, "logs", "SERVICE=frog", sentence="SERVICE=frog: name a process")
    refused(running, "restore", f"FROM={running.folder}", sentence="has no whole backup")
    engine = {"DOCKER_HOST": f"unix://{running.folder}/no-engine.sock", "CONTENT_EXPORTS_TOKEN": ""}
    for verb, words, sentence in (
        ("deploy", ["VERSION=0.3.0"], "the container engine does not answer"),
        ("status", [], "not all processes are ready"),
        ("logs", ["SERVICE=qti"], "qti has no log: does it run?"),
        ("scale", ["WORKER=qti", "N=2"], "run 2 of qti: failed"),
        ("backup", [f"OUT={running.folder}/none"], "the container postgres does not run"),
        ("token", [], "issue a token of a site admin: failed"),
        ("smoke", [], "no token could be issued: does the system run?"),
        ("migrate", [], "apply the migrations: failed"),
    ):
        refused(running, verb, *words, sentence=sentence, **engine)
