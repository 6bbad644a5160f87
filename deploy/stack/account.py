"""The unprivileged user for servers that refuse to run as root, and which folders it can reach."""

from __future__ import annotations

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

NAME = "nobody"


@dataclass(frozen=True, slots=True)
class Account:
    """A user of this machine, by number."""

    uid: int
    gid: int

    def owns(self, folder: Path) -> None:
        """Hand a folder to this user."""
        os.chown(folder, self.uid, self.gid)


def unprivileged() -> Account | None:
    """Give the user to drop to when we are root; None when we are not, so that servers run as ourselves."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam(NAME)
    return Account(entry.pw_uid, entry.pw_gid)


def reachable(folder: Path, account: Account | None) -> bool:
    """Whether the user can pass through the folder and everything above it."""
    if account is None:
        return os.access(folder, os.X_OK)
    return all(_passable(place, account) for place in (folder, *folder.parents))


def _passable(folder: Path, account: Account) -> bool:
    found = folder.stat()
    if found.st_uid == account.uid:
        return bool(found.st_mode & stat.S_IXUSR)
    if found.st_gid == account.gid:
        return bool(found.st_mode & stat.S_IXGRP)
    return bool(found.st_mode & stat.S_IXOTH)
