"""`python -m deploy.verbs VERB`, as the Makefile calls it: what a verb needs comes from the environment.

TARGET=compose, cluster or native; COMPOSED is the compose tool with its files. DRY=1 prints and does nothing.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from deploy.backup.backup import BackupFailed, Places, put_back, take
from deploy.stack.checkout import ROOT, RUN
from deploy.verbs.figures import lines_of, status
from deploy.verbs.places import compose_places, native_places
from deploy.verbs.releasing import release_steps
from deploy.verbs.smoke import smoke
from deploy.verbs.steps import Step, VerbRefused, carry_out
from deploy.verbs.targets import ClusterTarget, ComposeTarget, NativeTarget, VerbTarget, command_output, process_name


@dataclass(frozen=True, slots=True)
class Request:
    """A verb, its target, and the words that came with it."""

    target: VerbTarget
    variables: Mapping[str, str]

    def word(self, name: str, default: str = "") -> str:
        """A word of the environment; an empty one counts as missing."""
        return self.variables.get(name) or default

    @property
    def dry(self) -> bool:
        """Whether to print alone."""
        return self.word("DRY") not in ("", "0")


def target_of(variables: Mapping[str, str]) -> VerbTarget:
    """The target that TARGET names; without it, `make run` where it runs or DATABASE_URL is set, else the containers.

    Raises VerbRefused for an unknown one.
    """
    native = "native" if variables.get("DATABASE_URL") or (RUN / "env").exists() else "compose"
    match variables.get("TARGET") or native:
        case "compose":
            return ComposeTarget(
                shlex.split(variables.get("COMPOSED", "")) or ["docker", "compose"],
                variables.get("IMAGE") or "content-exports",
                Path(variables.get("DEPLOYED") or RUN / "deployed"),
            )
        case "cluster":
            return ClusterTarget(
                variables.get("NAMESPACE") or "content-exports", _overlay(variables.get("OVERLAY") or "production")
            )
        case "native":
            return NativeTarget()
        case other:
            raise VerbRefused(f"TARGET={other}: choose compose, cluster or native")


def _overlay(name: str) -> str:
    """The name of an overlay. Raises VerbRefused for one that is not there."""
    overlays = sorted(each.name for each in (ROOT / "deploy" / "cluster" / "overlays").iterdir())
    if name not in overlays:
        raise VerbRefused(f"OVERLAY={name}: name a folder of deploy/cluster/overlays, one of {', '.join(overlays)}")
    return name


def _number(request: Request, name: str, default: str = "") -> str:
    """An id. Raises VerbRefused for any other word."""
    word = request.word(name, default)
    if word and not word.isdecimal():
        raise VerbRefused(f"{name}={word}: give a number, the id")
    return word


def places_of(target: VerbTarget, variables: Mapping[str, str]) -> Places:
    """Database and store of a target. Raises VerbRefused for a cluster, whose operators back up."""
    match target:
        case NativeTarget():
            env = {**target.env(), **variables}
            return native_places(env["DATABASE_URL"], env.get("STORE_URL") or "./.run/store")
        case ComposeTarget():
            words = ["env", *(f"{name}={value}" for name, value in target.present().items()), *target.composed()]
            address = command_output([*words, "port", "postgres", "5432"])
            if not (address and address.strip().partition(":")[2]):
                raise VerbRefused("the container postgres does not run")
            password = shlex.quote(variables.get("SERVERS_PASSWORD", ""))
            return compose_places(
                words, f"postgresql://app:{password}@{address.strip()}/content_exports?sslmode=disable"
            )
        case _:
            raise VerbRefused(
                "on a cluster, CloudNativePG backs up the database (ScheduledBackup), and the bucket its own copies"
            )


def backup_steps(request: Request) -> list[Step]:
    """Into OUT, or a folder with the time as its name."""
    folder = Path(request.word("OUT") or ROOT / ".run" / "backups" / f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%SZ}")
    if folder.exists():
        raise VerbRefused(f"{folder} exists already: a backup is a folder of its own")
    places = places_of(request.target, request.variables)
    return [Step(f"copy database and store into {folder}", work=lambda: take(places, folder))]


def restore_steps(request: Request) -> list[Step]:
    """From FROM, into a database and a store that are empty."""
    if not request.word("FROM"):
        raise VerbRefused("FROM=...: name the folder of a backup")
    places = places_of(request.target, request.variables)
    folder = Path(request.word("FROM"))
    return [
        Step(f"restore {folder} into the empty database and store, and compare", work=lambda: put_back(places, folder))
    ]


def scale_steps(request: Request) -> list[Step]:
    """WORKER is any process."""
    process, count = process_name(request.word("WORKER"), "WORKER"), request.word("N")
    if not count.isdecimal():
        raise VerbRefused(f"N={count or '...'}: how many? A number from 0")
    return request.target.scale(process, int(count))


def token_steps(request: Request) -> list[Step]:
    """Of a site admin: the first token of a system comes from its database."""
    words = ["token", "--user", _number(request, "USER_ID", "1"), "--create", "--site-admin"]
    return [Step("issue a token of a site admin", request.target.console(words))]


def status_steps(request: Request) -> list[Step]:
    """Fails where a process is not ready, so that it can be a check."""

    def show() -> str:
        lines, well = status(request.target, request.word("PUBLIC_URL"))
        text = "\n".join(lines)
        if not well:
            print(text)
            raise VerbRefused("not all processes are ready")
        return text

    return [Step("ask each process how it is", work=show)]


def logs_steps(request: Request) -> list[Step]:
    """Of a process; the lines of one export with EXPORT."""
    process, export = process_name(request.word("SERVICE"), "SERVICE"), _number(request, "EXPORT")
    what = f"the log of {process}" + (f" about export {export}" if export else "")

    def read() -> str:
        log = request.target.log(process)
        if log is None:
            raise VerbRefused(f"{process} has no log: does it run?")
        return "\n".join(lines_of(log, export))

    return [Step(f"print {what}", work=read)]


def scrub_steps(request: Request) -> list[Step]:
    """Read all packages. With DRY=1 they are read as well: what is damaged is printed, and not recorded."""
    what = "and print what is damaged" if request.dry else "and record what is damaged"
    words = ["--scrub", *(["--dry-run"] if request.dry else [])]
    return [Step(f"read all packages in the store, {what}", request.target.janitor(words))]


def smoke_steps(request: Request) -> list[Step]:
    """Against CONTENT_EXPORTS_URL, else the published address of the target."""
    own = request.target.env() if isinstance(request.target, NativeTarget) else {}
    url = request.word("CONTENT_EXPORTS_URL", own.get("CONTENT_EXPORTS_URL", ""))
    if not url and isinstance(request.target, ComposeTarget):
        url = f"http://127.0.0.1:{request.word('GATEWAY_PORT', '8080')}"
    if not url:
        raise VerbRefused("CONTENT_EXPORTS_URL=...: where does the gateway answer?")

    def run() -> str:
        token = request.word("CONTENT_EXPORTS_TOKEN", own.get("CONTENT_EXPORTS_TOKEN", ""))
        for line in smoke(url, token or _token(request.target)):
            print(line, flush=True)
        return "all is well"

    return [Step(f"export a probe course at {url} as each type", work=run)]


def _token(target: VerbTarget) -> str:
    printed = command_output(target.console(["token", "--user", "1", "--create", "--site-admin", "--expires", "1h"]))
    if not printed:
        raise VerbRefused("no token could be issued: does the system run?")
    return printed.split()[-1]


VERBS: dict[str, Callable[[Request], list[Step]]] = {
    "deploy": lambda request: request.target.deploy(request.word("VERSION")),
    "rollback": lambda request: request.target.rollback(),
    "status": status_steps,
    "logs": logs_steps,
    "scale": scale_steps,
    "smoke": smoke_steps,
    "scrub": scrub_steps,
    "backup": backup_steps,
    "restore": restore_steps,
    "token": token_steps,
    "migrate": lambda request: request.target.migrate(),
    "release": lambda request: release_steps(request.word("VERSION"), request.word("IMAGE", "content-exports")),
}


def main(words: list[str], variables: Mapping[str, str]) -> int:
    """Exit code 0 when all steps are done, 1 with a sentence on stderr where one is refused or fails."""
    try:
        request = Request(target_of(variables), variables)
        carry_out(VERBS[words[0]](request), dry=request.dry and words[0] != "scrub")
    except (VerbRefused, BackupFailed, json.JSONDecodeError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
