"""The systems that verbs work on: containers of compose.yaml, a cluster, and the processes of `make run`."""

from __future__ import annotations

import json
import os
import re
import secrets
import shlex
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from deploy.stack.checkout import ROOT, RUN
from deploy.stack.running_system import console_script
from deploy.stack.service_processes import APIS, SERVICES
from deploy.verbs.deployed_versions import DeployedVersions
from deploy.verbs.steps import Step, VerbRefused

_NAMES = [service.name for service in SERVICES]
_BY_KEDA = ("cartridge", "qti", "zip")
_VERSION = re.compile(r"\d+\.\d+\.\d+(-[\w.]+)?")
_JANITOR = ("python", "-m", "services.janitor")
_LINES = 2000  # of the log of a process, at most


class VerbTarget(Protocol):
    """One running system."""

    def deploy(self, version: str) -> list[Step]:
        """Steps to another version. Raises VerbRefused where the target has none."""
        ...

    def rollback(self) -> list[Step]:
        """Steps back to the version before. Raises VerbRefused where none is known."""
        ...

    def scale(self, process: str, count: int) -> list[Step]:
        """Steps to so many processes of a kind. Raises VerbRefused."""
        ...

    def migrate(self) -> list[Step]:
        """Steps that apply the migrations."""
        ...

    def console(self, words: Sequence[str]) -> list[str]:
        """The command that runs `content-exports` with these words beside the database of the target."""
        ...

    def janitor(self, words: Sequence[str]) -> list[str]:
        """The command that runs the janitor once with these words, with the database and the store of the target."""
        ...

    def processes(self) -> list[str]:
        """The names of the processes that it has."""
        ...

    def fetch(self, process: str, path: str) -> str | None:
        """The answer of the operators' port of a process; None where it does not answer, or with an error."""
        ...

    def log(self, process: str) -> str | None:
        """The last lines of the log of a process; None where there is no log to be had."""
        ...


def process_name(process: str, variable: str) -> str:
    """The name of a process, as the variable of make has it. Raises VerbRefused for any other."""
    if process not in _NAMES:
        raise VerbRefused(f"{variable}={process or '...'}: name a process, one of {', '.join(_NAMES)}")
    return process


def release(version: str) -> str:
    """A version. Raises VerbRefused for any other text."""
    if not _VERSION.fullmatch(version):
        raise VerbRefused(f"VERSION={version or '...'}: name a release, such as VERSION=0.2.0")
    return version


def with_tag(kustomization: str, version: str) -> str:
    """A kustomization with another tag of our image. Raises VerbRefused where it has none."""
    text, count = re.subn(r"(newTag: )[\w.-]+", rf"\g<1>{version}", kustomization)
    if count != 1:
        raise VerbRefused("the kustomization names no image, or several")
    return text


def command_output(words: Sequence[str]) -> str | None:
    """What a command prints; None where it fails, or takes over 30 s."""
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=ROOT, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def _available(image: str) -> str:
    """Pull an image that the engine does not have. Raises VerbRefused, before anything is changed."""
    if command_output(["docker", "version"]) is None:
        raise VerbRefused("the container engine does not answer")
    if command_output(["docker", "image", "inspect", image]) is None:
        pulled = subprocess.run(["docker", "pull", "--quiet", image], capture_output=True, text=True, check=False)
        if pulled.returncode:
            last = (pulled.stderr.strip().splitlines() or ["docker pull failed"])[-1]
            raise VerbRefused(f"there is no image {image}: {last}")
    return f"{image} is there"


def _fetching(process: str, path: str) -> list[str]:
    return ["busybox", "wget", "-q", "-O", "-", f"http://127.0.0.1:{8081 if process in APIS else 8080}{path}"]


@dataclass(frozen=True, slots=True)
class ComposeTarget:
    """The containers of `make up`. `words` is the compose tool with its files; the version that runs is noted in a file."""

    words: Sequence[str]
    image: str = "content-exports"
    notes: Path = field(default=RUN / "deployed")  # a line for each version that was deployed, the present one last

    def deploy(self, version: str) -> list[Step]:
        """Migrations first, with the new image: the old processes serve the new schema meanwhile."""
        return self._to(release(version), "deploy", migrating=True)

    def rollback(self) -> list[Step]:
        """Without migrations: they only add, and the version before serves the schema of the present one."""
        return self._to(self._deployed.before(), "go back to", migrating=False)

    @property
    def _deployed(self) -> DeployedVersions:
        return DeployedVersions(self.notes)

    def composed(self) -> list[str]:
        """The compose tool with the file of what was deployed; with the file of this checkout where `make up` has started it."""
        return self._deployed.words_of(self._deployed.present(), self.words)

    def present(self) -> dict[str, str]:
        """The variable for compose with the image of what was deployed; none where that of `make up` runs."""
        version = self._deployed.present()
        return {"IMAGE": f"{self.image}:{version}"} if version else {}

    def processes(self) -> list[str]:
        """Without those that a release has added after the one that was deployed."""
        version = self._deployed.present()
        file = self._deployed.file_of(version) if version else None
        text = file.read_text() if file else ""
        return [name for name in _NAMES if not text or re.search(rf"^  {name}:", text, re.MULTILINE)]

    def _to(self, version: str, does: str, *, migrating: bool) -> list[Step]:
        """By the compose file of this checkout; back by the one that the version was deployed with, where it was kept."""
        image = f"{self.image}:{version}"
        env = {"IMAGE": image}
        words = list(self.words) if migrating else self._deployed.words_of(version, self.words)
        steps = [Step(f"apply the migrations of {version}", [*words, "run", "--rm", "-T", "migrate"], env=env)]
        return [
            Step(f"look for the image {image}", work=lambda: _available(image)),
            *(steps if migrating else ()),
            Step(f"{does} {version}", [*words, "up", "--detach", "--remove-orphans"], env=env),
            Step("wait until all are healthy", [sys.executable, "-m", "deploy.stack.containers", *words]),
            Step(f"note {version} in {self.notes}, and keep its compose file", work=lambda: self._note(version, words)),
        ]

    def _note(self, version: str, words: Sequence[str]) -> str:
        self._deployed.note(version, words)
        return f"{version} runs"

    def scale(self, process: str, count: int) -> list[Step]:
        """The others stay as they are. The gateway has one published port, so that it cannot be scaled here."""
        if process == "gateway" and count != 1:
            raise VerbRefused("one gateway has the published port: scale it on a cluster, or leave out its `ports`")
        words = [*self.composed(), "up", "--detach", "--no-recreate", "--scale", f"{process}={count}", process]
        return [Step(f"run {count} of {process}", words, env=self.present())]

    def migrate(self) -> list[Step]:
        """As the service `migrate` does."""
        return [Step("apply the migrations", [*self.composed(), "run", "--rm", "-T", "migrate"], env=self.present())]

    def console(self, words: Sequence[str]) -> list[str]:
        """In the container of the gateway."""
        return [*self.composed(), "exec", "-T", "gateway", "content-exports", *words]

    def janitor(self, words: Sequence[str]) -> list[str]:
        """In the container of the janitor."""
        return [*self.composed(), "exec", "-T", "janitor", *_JANITOR, *words]

    def fetch(self, process: str, path: str) -> str | None:
        """By the container itself: the ports of operators are not published."""
        return command_output([*self.composed(), "exec", "-T", process, *_fetching(process, path)])

    def log(self, process: str) -> str | None:
        """Of all containers of the process."""
        if not command_output([*self.composed(), "ps", "--quiet", process]):
            return None  # compose prints nothing, and ends well
        return command_output([*self.composed(), "logs", "--no-color", "--tail", str(_LINES), process])


@dataclass(frozen=True, slots=True)
class ClusterTarget:
    """A namespace of Kubernetes, and the overlay that it was made of."""

    namespace: str
    overlay: str

    def _kubectl(self, *words: str) -> list[str]:
        return ["kubectl", f"--namespace={self.namespace}", *words]

    def deploy(self, version: str) -> list[Step]:
        """The tag of the base is what an apply deploys; the Job of the migrations cannot be changed and is made anew."""
        base = ROOT / "deploy" / "cluster" / "base" / "kustomization.yaml"
        text = with_tag(base.read_text(), release(version))
        return [
            Step(
                f"write the tag {version} into {base.relative_to(ROOT)}", work=lambda: f"{base.write_text(text)} bytes"
            ),
            *self.migrate(),
            *(Step(f"wait for {name}", self._kubectl("rollout", "status", f"deployment/{name}")) for name in _NAMES),
        ]

    def rollback(self) -> list[Step]:
        """Each Deployment to its revision before; the overlay must be set back by hand, or the next apply deploys again."""
        return [Step(f"go back with {name}", self._kubectl("rollout", "undo", f"deployment/{name}")) for name in _NAMES]

    def scale(self, process: str, count: int) -> list[Step]:
        """Where KEDA scales the process, it is KEDA that is given the number, and no longer looks at what waits."""
        does = f"run {count} of {process}"
        if process in _BY_KEDA and self.overlay != "dev":
            number = f"autoscaling.keda.sh/paused-replicas={count}"
            return [Step(does, self._kubectl("annotate", "--overwrite", f"scaledobject/{process}", number))]
        return [Step(does, self._kubectl("scale", f"deployment/{process}", f"--replicas={count}"))]

    def migrate(self) -> list[Step]:
        """With the overlay, since the Job has the names of its Secrets from it."""
        overlay = str(ROOT / "deploy" / "cluster" / "overlays" / self.overlay)
        return [
            Step(
                "remove the Job that has migrated before", self._kubectl("delete", "job/migrate", "--ignore-not-found")
            ),
            Step(f"apply the overlay {self.overlay}", self._kubectl("apply", "--kustomize", overlay)),
            Step(
                "wait for the migrations",
                self._kubectl("wait", "--for=condition=complete", "--timeout=15m", "job/migrate"),
            ),
        ]

    def console(self, words: Sequence[str]) -> list[str]:
        """In a pod of the gateway."""
        return self._kubectl("exec", "deployment/gateway", "--", "content-exports", *words)

    def janitor(self, words: Sequence[str]) -> list[str]:
        """In a pod of the janitor."""
        return self._kubectl("exec", "deployment/janitor", "--", *_JANITOR, *words)

    def processes(self) -> list[str]:
        """All."""
        return _NAMES

    def fetch(self, process: str, path: str) -> str | None:
        """By a pod itself."""
        return command_output(self._kubectl("exec", f"deployment/{process}", "--", *_fetching(process, path)))

    def log(self, process: str) -> str | None:
        """Of all pods of the process."""
        selector = f"--selector=app.kubernetes.io/component={process}"
        return command_output(self._kubectl("logs", selector, f"--tail={_LINES}", "--max-log-requests=50"))


@dataclass(frozen=True, slots=True)
class NativeTarget:
    """The processes of `make run` in this folder."""

    folder: Path = RUN

    def deploy(self, version: str) -> list[Step]:
        """Raise VerbRefused: the checkout is what runs."""
        raise VerbRefused("`make run` runs this checkout: stop it, check out the release, and start it again")

    def rollback(self) -> list[Step]:
        """Raise VerbRefused likewise."""
        return self.deploy("")

    def scale(self, process: str, count: int) -> list[Step]:
        """Raise VerbRefused: one of each runs."""
        raise VerbRefused("`make run` runs one of each: set SLOTS, or use containers or a cluster")

    def migrate(self) -> list[Step]:
        """By the address of the environment, or of `make run`."""
        env = self.env()
        return [Step("apply the migrations", [sys.executable, "-m", "shared.adapters.postgres.migrate"], env=env)]

    def console(self, words: Sequence[str]) -> list[str]:
        """With the addresses of `make run`."""
        settings = [f"{name}={value}" for name, value in self.env().items()]
        return ["env", *settings, console_script(), *words]

    def janitor(self, words: Sequence[str]) -> list[str]:
        """With the addresses of `make run`. It issues no links, so that any key will do where there is none."""
        key = {} if os.environ.get("SECRET_KEY") else {"SECRET_KEY": secrets.token_hex(24)}
        settings = [f"{name}={value}" for name, value in (key | self.env()).items()]
        return ["env", *settings, sys.executable, *_JANITOR[1:], *words]

    def processes(self) -> list[str]:
        """All."""
        return _NAMES

    def fetch(self, process: str, path: str) -> str | None:
        """By the port that the process has."""
        note = self.folder / "services.json"
        if not note.exists():
            return None
        try:
            url = f"{json.loads(note.read_text())[process]}{path}"
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310  (our own address)
                return str(answer.read().decode())
        except (OSError, urllib.error.URLError, KeyError):
            return None

    def log(self, process: str) -> str | None:
        """Its file."""
        file = self.folder / "logs" / f"{process}.log"
        return "\n".join(file.read_text(errors="replace").splitlines()[-_LINES:]) if file.exists() else None

    def env(self) -> dict[str, str]:
        """The addresses that `make run` has written; none where the environment has some already. Raises VerbRefused."""
        if os.environ.get("DATABASE_URL"):
            return {}
        file = self.folder / "env"
        if not file.exists():
            raise VerbRefused("`make run` does not run in this folder, and DATABASE_URL is not set")
        lines = (line.removeprefix("export ").partition("=") for line in file.read_text().splitlines())
        return {name: shlex.split(value)[0] for name, _, value in lines}
