"""`make containers`: the whole compose file is started, used, broken and upgraded, and all of it is removed."""

from __future__ import annotations

import sys

from deploy.stack.checkout import RUN
from deploy.stack.service_processes import SERVICES
from tests.containers.engine import CommandFailed, docker, engine
from tests.containers.images import ensure_images, size_mb
from tests.containers.project import IMAGE, TYPES, Project, load_and_export, project
from tests.containers.upgrade import upgrade
from tests.support.client import Client


def restart_each(running: Project, client: Client, course: int) -> None:
    """Kill each container of ours while exports are under way; each comes back, and each export ends exported."""
    for service in (each.name for each in SERVICES):
        asked = [client.create(course, export_type) for export_type in TYPES]
        docker("kill", running.container(service))
        docker("start", running.container(service))  # an engine does not restart what was killed by hand
        running.wait()
        for each in asked:
            assert client.finished(each)["workflow_state"] == "exported", service
        running.note(f"{service} killed", f"{len(asked)} exports ended exported")


def used(running: Project) -> None:
    """Processor and memory of the idle containers."""
    lines = docker("stats", "--no-stream", "--format", "{{.Name}} {{.CPUPerc}} {{.MemUsage}}").splitlines()
    for line in lines:
        name, cpu, memory = line.split()[:3]
        running.note(f"idle {name}", f"{cpu}, {memory}")


def main() -> int:
    """Run it all. Exit code 1 where something failed, with the last output."""
    try:
        with engine(RUN / "engine"):
            images = ensure_images(IMAGE)
            with project(images) as running:
                running.note("image", f"{size_mb(IMAGE):.0f} MB")
                running.note("ready", f"{running.up():.1f} s")
                client = running.client()
                course = load_and_export(running, client)
                used(running)
                restart_each(running, client, course)
            with project(images) as running:
                upgrade(running)
    except CommandFailed as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
