"""`make containers`: the whole compose file is started, used, broken and upgraded, and all of it is removed."""

from __future__ import annotations

import sys
from collections.abc import Callable

from deploy.stack.checkout import RUN
from deploy.stack.service_processes import SERVICES
from tests.containers.backups import back_up, restored
from tests.containers.engine import CommandFailed, docker, engine
from tests.containers.images import ensure_images, ensure_images_of_profiles, size_mb
from tests.containers.operators import verbs
from tests.containers.outside import end_to_end
from tests.containers.profiles import profiles
from tests.containers.project import IMAGE, TYPES, Project, compose_tools, load_and_export, project
from tests.containers.released import released
from tests.containers.testing import with_testcontainers
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


def used(running: Project, *_: object) -> None:
    """Processor and memory of the idle containers."""
    lines = docker("stats", "--no-stream", "--format", "{{.Name}} {{.CPUPerc}} {{.MemUsage}}").splitlines()
    for line in lines:
        name, cpu, memory = line.split()[:3]
        running.note(f"idle {name}", f"{cpu}, {memory}")


# What is done to one running system, by the word that chooses it; `backup` comes last.
USES: dict[str, Callable[[Project, Client, int], None]] = {
    "idle": used,
    "restart": restart_each,
    "outside": end_to_end,
    "verbs": verbs,
}


def use(images: dict[str, str], tool: str, chosen: set[str]) -> None:
    """Start a system and do with it what is chosen; restore its backup into an empty one."""
    with project(images, tool) as running:
        running.note("image", f"{size_mb(IMAGE):.0f} MB")
        running.note(f"ready, by {tool}", f"{running.up():.1f} s")
        client = running.client()
        course = load_and_export(running, client)
        for name, function in USES.items():
            if name in chosen:
                function(running, client, course)
        backup = back_up(running, client, course) if "backup" in chosen else None
    if backup is not None:
        with project(images, tool) as empty:
            restored(empty, backup)


def run_all(chosen: set[str]) -> None:
    """Each part that is chosen; the second compose tool of the machine, if any, upgrades and starts the profiles."""
    images, tools = ensure_images(IMAGE), compose_tools()
    if chosen & {*USES, "backup"}:
        use(images, tools[0], chosen)
    if "upgrade" in chosen:
        with project(images, tools[-1]) as running:
            upgrade(running)
    if "profiles" in chosen:
        profiles(images | ensure_images_of_profiles(), tools[-1])
    if "release" in chosen:
        print(f"released: {released()}", flush=True)
    if "testcontainers" in chosen:
        print(f"integration tests by testcontainers: {with_testcontainers(images)}", flush=True)


def main(words: list[str]) -> int:
    """Run the parts that the words name, or all. Exit code 1 where something failed, with the last output."""
    parts = {*USES, "backup", "upgrade", "profiles", "release", "testcontainers"}
    if unknown := set(words) - parts:
        print(f"unknown: {' '.join(sorted(unknown))}; choose of {' '.join(sorted(parts))}", file=sys.stderr)
        return 2
    try:
        with engine(RUN / "engine"):
            run_all(set(words) or parts)
    except CommandFailed as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
