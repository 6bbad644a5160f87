"""What a folder holds, checked before any of it is read."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from shared.domain.errors import HostilePackage, UnreadablePackage
from shared.formats.limits import Limits


@dataclass(slots=True)
class Members:
    """The files of a folder with their sizes in bytes, and its folders; '/'-separated paths below it, by name."""

    folder: Path
    limits: Limits = field(default_factory=Limits)
    files: dict[str, int] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)
    total: int = 0  # bytes of all files

    def add(self, path: str, status: os.stat_result) -> None:
        """Another file or folder. Raises HostilePackage for any other thing, and for what breaks a limit.

        The length of a path bounds how deep folders lie in each other.
        """
        limits = self.limits
        if len(path) > limits.path_length:
            raise HostilePackage(f"{path[:200]}... is longer than {limits.path_length} characters", item=path[:200])
        if not _is_text(path):
            raise HostilePackage(f"{path!r} is no name in UTF-8", item=ascii(path))
        if stat.S_ISREG(status.st_mode):
            self.files[path] = status.st_size
            self.total += status.st_size
        elif stat.S_ISDIR(status.st_mode):
            self.folders.append(path)
        else:
            raise HostilePackage(f"{path} is a link or a device, not a file", item=path)
        if len(self.files) + len(self.folders) > limits.entries:
            raise HostilePackage(f"The folder has more than {limits.entries} entries", item=path)
        if self.total > limits.total_bytes:
            raise HostilePackage(f"The folder holds more than {limits.total_bytes} bytes", item=path)

    def read(self, path: str) -> bytes:
        """The bytes of a document. Raises HostilePackage for one that is too large to be held."""
        if self.files[path] > self.limits.document_bytes:
            raise HostilePackage(f"{path} is larger than {self.limits.document_bytes} bytes", item=path)
        return (self.folder / path).read_bytes()


def members_of(folder: Path, limits: Limits | None = None) -> Members:
    """Everything below `folder`.

    Raises HostilePackage for what breaks a limit, for symbolic links, and for what is neither a file nor a folder:
    reading either could lead out of it. Raises UnreadablePackage where there is no such folder.
    """
    if not folder.is_dir():
        raise UnreadablePackage(f"{folder} is no folder")
    members = Members(folder, limits or Limits())
    _collect(members, folder, "")
    return members


def _collect(members: Members, folder: Path, below: str) -> None:
    for child in sorted(folder.iterdir(), key=lambda child: child.name):
        path, status = f"{below}{child.name}", child.lstat()
        members.add(path, status)
        if stat.S_ISDIR(status.st_mode):
            _collect(members, child, f"{path}/")


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:  # bytes that are no UTF-8 come as lone surrogates
        return False
    return True
