"""The unprivileged user for servers that refuse to run as root, and which folders it can reach."""

from __future__ import annotations

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

NAME = "nobody"  # exists on every distribution, owns nothing


@dataclass(frozen=True, slots=True)
class Account:
    """The numbers of a user of this machine and its group."""

    uid: int
    gid: int

    def take_ownership(self, path: Path) -> None:
        """Make this user the owner of a file or folder."""
        os.chown(path, self.uid, self.gid)


def unprivileged_account() -> Account | None:
    """The user to run servers as when we are root; None when we are not, and servers run as ourselves."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam(NAME)
    return Account(entry.pw_uid, entry.pw_gid)


def reachable(folder: Path, account: Account | None) -> bool:
    """Whether the user can enter the folder, and every folder above it. An account of None is ourselves."""
    if account is None:
        return os.access(folder, os.X_OK)
    return all(_may_enter(each, account) for each in (folder, *folder.parents))


def _may_enter(folder: Path, account: Account) -> bool:
    # As in the kernel, only the first class that matches counts: an owner may lack what others have.
    status = folder.stat()
    if status.st_uid == account.uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == account.gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)
