"""A private folder for one stack: who owns it, what it runs, and what a killed owner left behind."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from deploy.stack.account import Account, reachable, unprivileged
from deploy.stack.children import Child, Identity

ROOT = Path(__file__).resolve().parents[2]
RUN = ROOT / ".run"
TEMPORARY = (Path(tempfile.gettempdir()), Path("/var/tmp"), Path("/tmp"))  # noqa: S108  mkdtemp makes the folder inside


class AlreadyRunning(Exception):
    """Another live process owns this folder."""


class Home:
    """`.run/` or a folder below it: taken by one process at a time, for as long as that process lives.

    `owner.json` names the owner and every process that it started, each by pid and start time, so that the next owner
    can end what a killed one left. `elsewhere`, if there, holds the path of the servers' data.
    """

    def __init__(self, folder: Path = RUN) -> None:
        self.folder = folder.resolve()
        self._lock: IO[str] | None = None
        self._children: list[tuple[str, Identity, int]] = []

    def take(self) -> list[str]:
        """Become the owner. Gives the names of the stale processes that were ended; AlreadyRunning if it is taken."""
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = (self.folder / "lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.close()
            raise AlreadyRunning(f"process {self._owner_pid()} already runs a stack in {self.folder}") from error
        self._lock = lock
        ended = [name for name, identity, number in self._recorded() if _end(identity, number)]
        self._record()
        return ended

    def started(self, child: Child) -> None:
        """Remember a process, so that it is found should we be killed."""
        self._children.append((child.name, child.identity, int(child.program.stop_signal)))
        self._record()

    def release(self) -> None:
        """Give the folder back; everything remembered must have been stopped."""
        self._children.clear()
        (self.folder / "owner.json").unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def servers_folder(self) -> Path:
        """Where the servers keep their data: here if their user can reach it, else a private temporary folder."""
        account, here = unprivileged(), self.folder / "servers"
        here.mkdir(exist_ok=True)
        if account is not None:
            _open_to_others(here, self.folder, *(p for p in self.folder.parents if p.is_relative_to(RUN)))
        if reachable(here, account) and _plain(here):
            return here
        note = self.folder / "elsewhere"
        known = Path(note.read_text().strip()) if note.exists() else None
        if known is None or not _ours(known):
            known = _temporary(account)
            note.write_text(f"{known}\n")
        return known

    def has_secret(self, name: str) -> bool:
        """Whether the secret of this name was made already."""
        return self._secret(name).exists()

    def secret(self, name: str) -> str:
        """Give the secret of this name, made at random when first asked for, readable by the owner alone."""
        place = self._secret(name)
        if not place.exists():
            with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(32))
        return place.read_text()

    def _secret(self, name: str) -> Path:
        return self.folder / f"{name}.secret"

    def clear(self) -> None:
        """Delete all that is kept here, and the servers' data wherever they lie; the folder stays taken."""
        note = self.folder / "elsewhere"
        if note.exists() and _ours(elsewhere := Path(note.read_text().strip())):
            shutil.rmtree(elsewhere, ignore_errors=True)
        for entry in self.folder.iterdir():
            if entry.is_dir():
                shutil.rmtree(entry, ignore_errors=True)
            elif entry.name not in {"lock", "owner.json"}:
                entry.unlink()

    def remove(self) -> None:
        """Delete the folder and all that belongs to it."""
        self.clear()
        self.release()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _owner_pid(self) -> Any:
        owner = self._read().get("owner")
        return owner["pid"] if owner else "unknown"

    def _recorded(self) -> Iterator[tuple[str, Identity, int]]:
        for entry in reversed(self._read().get("processes", [])):
            yield entry["name"], Identity(entry["pid"], entry["started"]), entry["stop_signal"]

    def _read(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads((self.folder / "owner.json").read_text())
        except (OSError, ValueError):
            return {}
        return found

    def _record(self) -> None:
        processes = [
            {"name": name, **asdict(identity), "stop_signal": number} for name, identity, number in self._children
        ]
        owner = Identity.of(os.getpid())
        text = json.dumps({"owner": asdict(owner) if owner else None, "processes": processes}, indent=1)
        fresh = self.folder / "owner.json.new"
        fresh.write_text(text)
        fresh.replace(self.folder / "owner.json")


def abandoned(parent: Path) -> Iterator[Home]:
    """Give the homes directly under `parent` whose owner lives no more, each taken by us and cleared of processes."""
    for record in sorted(parent.glob("*/owner.json")):
        home = Home(record.parent)
        try:
            home.take()
        except AlreadyRunning:
            continue
        yield home


def _end(identity: Identity, number: int) -> bool:
    """End a stale process. Gives whether it still ran."""
    if not identity.alive():
        return False
    identity.end(number, grace_s=10)
    return True


def _open_to_others(*folders: Path) -> None:
    for folder in folders:
        folder.chmod(folder.stat().st_mode | 0o111)


def _plain(folder: Path) -> bool:
    """Whether RabbitMQ's scripts can name the folder: they split at spaces and read shell characters."""
    return (
        all(part.replace("-", "").replace("_", "").replace(".", "").isalnum() for part in folder.parts[1:])
        and str(folder).isascii()
    )


def _ours(folder: Path) -> bool:
    return folder.is_dir() and not folder.is_symlink() and folder.stat().st_uid == os.geteuid()


def _temporary(account: Account | None) -> Path:
    for place in TEMPORARY:
        if place.is_dir() and reachable(place, account):
            made = Path(tempfile.mkdtemp(prefix="content-exports-", dir=place))
            if account is not None:
                made.chmod(0o711)
            return made
    raise OSError(f"none of {', '.join(map(str, TEMPORARY))} can be reached by the servers' user")
