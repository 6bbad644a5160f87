"""Who may take which files away: Canvas's rules for a zip export, as pure functions over facts.

Source: Canvas, permissions of folders and files as its zip exporter applies them for the user who asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.domain.content.files import File, Folder
from shared.formats import times


@dataclass(frozen=True, slots=True)
class Reader:
    """The user who asked for the export, in its context, at the time of packing."""

    now: datetime  # aware
    manages_files: bool = False  # may add, edit or delete files there
    reads_as_admin: bool = False  # teachers, concluded ones too, and a user among the own files
    reads_files: bool = False
    files_tab_hidden: bool = False  # of the course navigation

    @property
    def sees_all(self) -> bool:
        """Whether hidden and locked things are there for this user."""
        return self.manages_files or self.reads_as_admin


def out_of_time(lock_at: str | None, unlock_at: str | None, now: datetime) -> bool:
    """Whether `now` is after the lock time or before the unlock time (REST times; None: no such limit)."""
    lock, unlock = times.parse(lock_at), times.parse(unlock_at)
    return (lock is not None and lock <= now) or (unlock is not None and unlock > now)


def is_locked(item: File | Folder, now: datetime) -> bool:
    """Whether the item itself is locked: by its flag (the Files page calls that unpublished) or by time."""
    return bool(item.locked) or out_of_time(item.lock_at, item.unlock_at, now)


def may_open(reader: Reader, line: Sequence[Folder]) -> bool:
    """Whether the contents of the first folder of `line` may be read; the others are those it lies in, up to the root.

    Hidden and locked are inherited.
    """
    if reader.sees_all:
        return True
    if not reader.reads_files or reader.files_tab_hidden:
        return False
    return not any(folder.hidden or is_locked(folder, reader.now) for folder in line)


def is_listed(reader: Reader, file: File) -> bool:
    """Whether a file of a folder that may be opened is shown in it."""
    return reader.sees_all or not (file.hidden or is_locked(file, reader.now))


def may_download(reader: Reader, file: File, line: Sequence[Folder]) -> bool:
    """Whether the bytes of a file may be had, however it was found; `line` leads from its folder up to the root.

    Being hidden does not matter here: whoever knows a hidden file's id gets it.
    """
    if reader.sees_all:
        return True
    locked = is_locked(file, reader.now) or any(is_locked(folder, reader.now) for folder in line)
    return reader.reads_files and not locked
