"""A private folder for one running system: its owner, its processes, its secrets, the data of its servers."""

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

from deploy.stack.account import Account, reachable, unprivileged_account
from deploy.stack.checkout import RUN
from deploy.stack.child_processes import ChildProcess, ProcessIdentity

TEMPORARY = (Path(tempfile.gettempdir()), Path("/var/tmp"), Path("/tmp"))  # noqa: S108  mkdtemp adds a folder


class AlreadyRunning(Exception):
    """Another live process owns this stack folder."""


class StackFolder:
    """`.run/` or a folder below it: owned by one process at a time, at most for as long as that process lives.

    `owner.json` names the owner and every process that it started, each by pid and start time, so that the next owner
    can end what a killed one left. If the servers' data lie outside, the file `elsewhere` holds their path.
    """

    def __init__(self, path: Path = RUN) -> None:
        self.path = path.resolve()
        self._lock: IO[str] | None = None
        self._children: list[tuple[str, ProcessIdentity, int]] = []

    def acquire(self) -> list[str]:
        """Become the owner. Returns the names of the processes of an earlier owner that still ran and were ended.

        Raises AlreadyRunning if another process owns the folder.
        """
        while self._lock is None:
            self._lock = self._locked()
        ended = [name for name, identity, number in self._recorded() if _end(identity, number)]
        self._record()
        return ended

    def _locked(self) -> IO[str] | None:
        """The lock of the folder; None if an owner has removed the folder meanwhile. Raises AlreadyRunning."""
        self.path.mkdir(parents=True, exist_ok=True)
        try:
            lock = (self.path / "lock").open("a+")  # the kernel releases it when its holder ends, however that comes
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.close()
            raise AlreadyRunning(f"process {self._owner_pid()} already runs a stack in {self.path}") from error
        if _is_at(self.path / "lock", lock):
            return lock
        lock.close()
        return None

    def remember(self, child: ChildProcess) -> None:
        """Record a process, so that the next owner finds it should we be killed."""
        self._children.append((child.name, child.identity, int(child.program.stop_signal)))
        self._record()

    def release(self) -> None:
        """Give up ownership. Every remembered process must have been stopped before."""
        self._children.clear()
        (self.path / "owner.json").unlink(missing_ok=True)
        self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def servers_folder(self) -> Path:
        """The folder for the servers' data: `servers/` in here if their user can reach it, else a temporary one.

        The temporary folder is remembered and given again at the next call. Raises OSError if none can be reached.
        """
        account, inside = unprivileged_account(), self.path / "servers"
        inside.mkdir(exist_ok=True)
        if account is not None:
            _let_others_enter(inside, self.path, *(p for p in self.path.parents if p.is_relative_to(RUN)))
        if reachable(inside, account) and _has_shell_safe_name(inside):
            return inside
        outside = self._outside_folder()
        if outside is None:
            outside = _temporary_folder(account)
            self._outside_note.write_text(f"{outside}\n")
        return outside

    @property
    def _outside_note(self) -> Path:
        return self.path / "elsewhere"

    def _outside_folder(self) -> Path | None:
        if not self._outside_note.exists():
            return None
        # The note may be old: a temporary folder can be gone, or be another user's by now.
        outside = Path(self._outside_note.read_text().strip())
        return outside if _is_ours(outside) else None

    def has_secret(self, name: str) -> bool:
        """Whether the secret of this name exists already."""
        return self._secret_file(name).exists()

    def secret(self, name: str) -> str:
        """The secret of this name, generated at the first call, in a file that its owner alone can read."""
        file_path = self._secret_file(name)
        if not file_path.exists():
            with os.fdopen(os.open(file_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(32))
        return file_path.read_text()

    def _secret_file(self, name: str) -> Path:
        return self.path / f"{name}.secret"

    def clear(self) -> None:
        """Delete everything in the folder, and the servers' data wherever they lie; ownership stays."""
        outside = self._outside_folder()
        if outside is not None:
            shutil.rmtree(outside, ignore_errors=True)
        for entry in self.path.iterdir():
            if entry.is_dir():
                shutil.rmtree(entry, ignore_errors=True)
            elif entry.name not in {"lock", "owner.json"}:
                entry.unlink()

    def remove(self) -> None:
        """Delete the folder, with the servers' data wherever they lie, and give up ownership."""
        self.clear()
        self._children.clear()
        shutil.rmtree(self.path, ignore_errors=True)  # before the lock is given up: nobody else writes here meanwhile
        self._unlock()

    def _owner_pid(self) -> Any:
        owner = self._read().get("owner")
        return owner["pid"] if owner else "unknown"

    def _recorded(self) -> Iterator[tuple[str, ProcessIdentity, int]]:
        for entry in reversed(self._read().get("processes", [])):
            yield entry["name"], ProcessIdentity(entry["pid"], entry["started"]), entry["stop_signal"]

    def _read(self) -> dict[str, Any]:
        try:
            owner: dict[str, Any] = json.loads((self.path / "owner.json").read_text())
        except (OSError, ValueError):
            return {}
        return owner

    def _record(self) -> None:
        processes = [
            {"name": name, **asdict(identity), "stop_signal": number} for name, identity, number in self._children
        ]
        owner = ProcessIdentity.of(os.getpid())
        text = json.dumps({"owner": asdict(owner) if owner else None, "processes": processes}, indent=1)
        new = self.path / "owner.json.new"
        new.write_text(text)
        new.replace(self.path / "owner.json")


def abandoned(parent: Path) -> Iterator[StackFolder]:
    """The stack folders directly under `parent` whose owner has ended, each acquired by us, its processes ended."""
    for record in sorted(parent.glob("*/owner.json")):
        stack_folder = StackFolder(record.parent)
        try:
            stack_folder.acquire()
        except AlreadyRunning:
            continue
        yield stack_folder


def _is_at(path: Path, file: IO[str]) -> bool:
    """Whether the open file is the one at this path, and not one that was removed."""
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


def _end(identity: ProcessIdentity, number: int) -> bool:
    """End a process that an earlier owner left. Returns whether it still ran."""
    if not identity.alive():
        return False
    identity.end(number, grace_s=10)
    return True


def _let_others_enter(*folders: Path) -> None:
    for folder in folders:
        folder.chmod(folder.stat().st_mode | 0o111)


def _has_shell_safe_name(folder: Path) -> bool:
    """Whether RabbitMQ's scripts can handle the path: they split at spaces and interpret shell characters."""
    return (
        all(part.replace("-", "").replace("_", "").replace(".", "").isalnum() for part in folder.parts[1:])
        and str(folder).isascii()
    )


def _is_ours(folder: Path) -> bool:
    return folder.is_dir() and not folder.is_symlink() and folder.stat().st_uid == os.geteuid()


def _temporary_folder(account: Account | None) -> Path:
    for parent in TEMPORARY:
        if parent.is_dir() and reachable(parent, account):
            folder = Path(tempfile.mkdtemp(prefix="content-exports-", dir=parent))
            if account is not None:
                folder.chmod(0o711)  # the servers' user has to pass through to its own folders in it
            return folder
    raise OSError(f"none of {', '.join(map(str, TEMPORARY))} can be reached by the servers' user")
