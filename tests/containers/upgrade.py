"""An upgrade of running containers by `make deploy`, from the image and the compose file of earlier code, and the way back."""

from __future__ import annotations

import os
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.stack.service_processes import SERVICES
from deploy.verbs.deployed_versions import DeployedVersions
from deploy.verbs.targets import ComposeTarget
from tests.containers.engine import docker
from tests.containers.images import build_image
from tests.containers.operators import make
from tests.containers.project import IMAGE, TYPES, Project, load_and_export
from tests.support.client import Client
from tests.support.last_release import check_out

# The last code without one of the processes of compose.yaml, the console: the way back stops it. FROM= names another commit.
EARLIER = "1bd5d9ca86bdab9de50c4e7a14be524356ce379c"
BEFORE, NOW = "0.0.1", "0.0.2"  # tags of the image
UNDER_WAY = 60


def upgrade(running: Project) -> None:
    """Replace all containers while exports wait and are built, there and back; each export ends exported, none is doubled."""
    docker("tag", IMAGE, f"{IMAGE}:{NOW}")
    with TemporaryDirectory() as folder:
        checkout = Path(folder)
        checkout.chmod(0o755)
        check_out(os.environ.get("FROM") or EARLIER, checkout)
        build_image(f"{IMAGE}:{BEFORE}", checkout)
        before = running.at(checkout, f"{IMAGE}:{BEFORE}")
        running.note("ready before the upgrade", f"{before.up():.1f} s")
        client = before.client()
        course = load_and_export(before, client)
        DeployedVersions(running.folder / "deployed").note(BEFORE, before.compose)  # as its `make deploy` does
    _replaced(running, client, course, NOW, "deploy", f"VERSION={NOW}")
    _replaced(running, client, course, BEFORE, "rollback")
    load_and_export(running, client)
    listed = client.http.get(f"/api/v1/courses/{course}/content_exports?per_page=100").json()
    listed += client.http.get(f"/api/v1/courses/{course}/content_exports?per_page=100&page=2").json()
    assert len({each["id"] for each in listed}) == len(listed) == 2 * UNDER_WAY + len(TYPES), (
        "each export is there once"
    )


def _replaced(running: Project, client: Client, course: int, version: str, verb: str, *words: str) -> None:
    """By a verb, with exports under way: each container has the image of the version, and each export ends exported."""
    asked = [client.create(course, TYPES[number % len(TYPES)]) for number in range(UNDER_WAY)]
    started = time.monotonic()
    make(running, verb, *words)
    seconds = time.monotonic() - started
    processes = ComposeTarget([], notes=running.folder / "deployed").processes()
    others = {each.name for each in SERVICES} - set(processes)
    names = docker("ps", "--format", '{{.Label "com.docker.compose.service"}}').split()
    assert not others & set(names), "what the version does not have is stopped"
    running.note(f"{version} runs without", ", ".join(sorted(others)) or "nothing: it has every process")
    for service in processes:
        image = docker("inspect", "--format", "{{.Config.Image}}", running.container(service)).strip()
        assert image == f"{IMAGE}:{version}", service
    states = Counter(client.finished(each)["workflow_state"] for each in asked)
    assert states == {"exported": UNDER_WAY}, states
    running.note(f"make {verb}", f"{seconds:.1f} s, and {UNDER_WAY} exports under way ended exported")
