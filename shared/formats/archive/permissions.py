"""The folders and files that a user may download: Canvas's rules for a zip export, as pure functions.

Source: Canvas, permissions of folders and files as its zip exporter applies them to the requester.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.domain.content.files import File, Folder
from shared.formats import times


@dataclass(frozen=True, slots=True)
class RequesterRights:
    """The rights of the user who requested the export, in its context, at the time of packing."""

    now: datetime  # aware
    manages_files: bool = False  # may add, edit or delete files there
    reads_as_admin: bool = False  # teachers, concluded ones too, and a user among the own files
    reads_files: bool = False
    files_tab_hidden: bool = False  # of the course navigation

    @property
    def sees_all(self) -> bool:
        """Whether this user sees hidden and locked folders and files."""
        return self.manages_files or self.reads_as_admin


def out_of_time(lock_at: str | None, unlock_at: str | None, now: datetime) -> bool:
    """Whether `now` is after the lock time or before the unlock time (REST times; None: no such limit)."""
    lock, unlock = times.parse(lock_at), times.parse(unlock_at)
    return (lock is not None and lock <= now) or (unlock is not None and unlock > now)


def is_locked(item: File | Folder, now: datetime) -> bool:
    """Whether the item itself is locked: by its flag (the Files page calls that unpublished) or by time."""
    return bool(item.locked) or out_of_time(item.lock_at, item.unlock_at, now)


def may_open(requester: RequesterRights, line: Sequence[Folder]) -> bool:
    """Whether the contents of the first folder of `line` may be read; the others are those it lies in, up to the root.

    Hidden and locked are inherited.
    """
    if requester.sees_all:
        return True
    if not requester.reads_files or requester.files_tab_hidden:
        return False
    # Canvas tests each folder and all above it (its app/models/folder.rb).
    return not any(folder.hidden or is_locked(folder, requester.now) for folder in line)


def is_listed(requester: RequesterRights, file: File) -> bool:
    """Whether a file of a folder that may be opened is shown in it."""
    return requester.sees_all or not (file.hidden or is_locked(file, requester.now))


def may_download(requester: RequesterRights, file: File, line: Sequence[Folder]) -> bool:
    """Whether a user may download a file; `line` leads from its folder up to the root.

    Being hidden does not matter here: in Canvas, anyone who knows the id of a hidden file can download it.
    """
    if requester.sees_all:
        return True
    locked = is_locked(file, requester.now) or any(is_locked(folder, requester.now) for folder in line)
    return requester.reads_files and not locked
