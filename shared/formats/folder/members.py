"""What a folder holds, checked before any of it is read."""

from __future__ import annotations

import stat
from dataclasses import dataclass, field
from pathlib import Path

from shared.domain.errors import HostilePackage, UnreadablePackage

PATH_LENGTH = 1024  # characters; it bounds how deep folders lie in each other
DOCUMENT_SIZE = 64 * 1024 * 1024  # bytes of a JSON document, which is held in memory


@dataclass(frozen=True, slots=True)
class Members:
    """The files of a folder with their sizes in bytes, and its folders; '/'-separated paths below it, by name."""

    folder: Path
    files: dict[str, int] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)

    def read(self, path: str) -> bytes:
        """The bytes of a document. Raises HostilePackage for one that is too large to be held."""
        if self.files[path] > DOCUMENT_SIZE:
            raise HostilePackage(f"{path} is larger than {DOCUMENT_SIZE} bytes", item=path)
        return (self.folder / path).read_bytes()


def members_of(folder: Path) -> Members:
    """Everything below `folder`.

    Raises HostilePackage for a path that is too long, for symbolic links, and for what is neither a file nor a folder:
    reading either could lead out of it. Raises UnreadablePackage where there is no such folder.
    """
    if not folder.is_dir():
        raise UnreadablePackage(f"{folder} is no folder")
    members = Members(folder)
    _collect(members, folder, "")
    return members


def _collect(members: Members, folder: Path, below: str) -> None:
    for child in sorted(folder.iterdir(), key=lambda child: child.name):
        path = f"{below}{child.name}"
        if len(path) > PATH_LENGTH:
            raise HostilePackage(f"A path is longer than {PATH_LENGTH} characters", item=path[:200])
        status = child.lstat()
        if stat.S_ISREG(status.st_mode):
            members.files[path] = status.st_size
        elif stat.S_ISDIR(status.st_mode):
            members.folders.append(path)
            _collect(members, child, f"{path}/")
        else:
            raise HostilePackage(f"{path} is a link or a device, not a file", item=path)
