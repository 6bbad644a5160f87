"""The files and folders of a folder course, checked before any of them is read."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from shared.domain.errors import HostilePackage, UnreadablePackage
from shared.formats.limits import Limits


@dataclass(slots=True)
class FolderMembers:
    """The files of a folder with their sizes in bytes, and its folders; '/'-separated paths below it, by name."""

    folder: Path
    limits: Limits = field(default_factory=Limits)
    files: dict[str, int] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)
    total: int = 0  # bytes of all files

    def add(self, path: str, status: os.stat_result) -> None:
        """Add a file or a folder. Raises HostilePackage for anything else, and for a broken limit.

        The length of a path bounds how deep folders lie in each other.
        """
        limits = self.limits
        if len(path) > limits.path_length:
            raise HostilePackage(f"{path[:200]}... is longer than {limits.path_length} characters", item=path[:200])
        if not _is_text(path):
            raise HostilePackage(f"{path!r} is not a name in UTF-8", item=ascii(path))
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


def members_of(folder: Path, limits: Limits | None = None) -> FolderMembers:
    """Everything below `folder`.

    Raises HostilePackage for a broken limit, a symbolic link, and anything else that is not a file or a folder: reading
    it could lead out of the folder. Raises UnreadablePackage for a missing folder.
    """
    if not folder.is_dir():
        raise UnreadablePackage(f"{folder} is not a folder")
    members = FolderMembers(folder, limits or Limits())
    _collect(members, folder, "")
    return members


def _collect(members: FolderMembers, folder: Path, below: str) -> None:
    for child in sorted(folder.iterdir(), key=lambda child: child.name):
        # `lstat`: a symbolic link must be seen as one, not followed.
        path, status = f"{below}{child.name}", child.lstat()
        members.add(path, status)
        if stat.S_ISDIR(status.st_mode):
            _collect(members, child, f"{path}/")


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        # Python keeps bytes of a name that are not UTF-8 as lone surrogates (PEP 383).
        return False
    return True
