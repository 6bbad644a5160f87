"""Where a package is written: a file that appears when it is complete, or a device, a pipe or stdout as it arrives."""

from __future__ import annotations

import errno
import os
import secrets
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import typer

from services.cli.errors import Unwritable

STDOUT = "-"
_FULL = {errno.ENOSPC, errno.EDQUOT}


@dataclass(frozen=True, slots=True)
class Destination:
    """A place for a package. `is_stream`: bytes that were written cannot be taken back."""

    name: str  # as it was given
    path: Path | None  # symlinks are followed; None: stdout
    is_stream: bool

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """A file to write the package to. A regular file is replaced at the end of the block, and only without an error.

        Raises Unwritable if it cannot be opened or written, such as on a full disk.
        """
        try:
            with self._opened() as file:
                yield file
                file.flush()
        except OSError as error:
            raise Unwritable(_sentence(self.name, error)) from error

    @contextmanager
    def _opened(self) -> Iterator[IO[bytes]]:
        if self.path is None:
            with open(sys.stdout.fileno(), "wb", closefd=False) as file:
                yield file
        elif self.is_stream:
            with self.path.open("wb") as file:
                yield file
        else:
            with _replacing(self.path) as file:
                yield file


def destination(out: str) -> Destination:
    """The destination that `--out` names: `-` is stdout. Missing folders are created when it is opened.

    Raises Unwritable for what cannot be written, and a usage error for a package that would go to a terminal.
    """
    path = Path(out)
    try:
        status = None if out == STDOUT else path.stat()
        if out == STDOUT or _is_stdout(status):
            return _stdout()
        if status is None or stat.S_ISREG(status.st_mode):
            return _regular(out, Path(os.path.realpath(path)))
    except FileNotFoundError:
        return _regular(out, Path(os.path.realpath(path)))
    except OSError as error:
        raise Unwritable(_sentence(out, error)) from error
    if stat.S_ISDIR(status.st_mode) or stat.S_ISSOCK(status.st_mode):
        raise Unwritable(f"{out} is a {'folder' if stat.S_ISDIR(status.st_mode) else 'socket'}: name a file")
    if not os.access(path, os.W_OK):
        raise Unwritable(f"{out} cannot be written to")
    return Destination(out, path, is_stream=True)


def _stdout() -> Destination:
    if sys.stdout.isatty():
        raise typer.BadParameter("a package is not for a terminal: redirect the output", param_hint="--out")
    return Destination(STDOUT, None, is_stream=True)


def _is_stdout(status: os.stat_result | None) -> bool:
    """Whether a path such as /dev/stdout leads to the pipe or file that is stdout."""
    try:
        return status is not None and os.path.samestat(status, os.fstat(sys.stdout.fileno()))
    except (OSError, ValueError):  # stdout is closed, or replaced by an object without a descriptor
        return False


def _regular(name: str, path: Path) -> Destination:
    folder = next(each for each in path.parents if each.exists())
    if not folder.is_dir():
        raise Unwritable(f"{name} cannot be written: {folder} is not a folder")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise Unwritable(f"{name} cannot be written: no right to create files in {folder}")
    return Destination(name, path, is_stream=False)


@contextmanager
def _replacing(target: Path) -> Iterator[IO[bytes]]:
    """Open a new file beside the target, which is renamed to it at the end of the block, or deleted after an error."""
    target.parent.mkdir(parents=True, exist_ok=True)
    path = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with path.open("xb") as file:
            yield file
        path.replace(target)
    finally:
        path.unlink(missing_ok=True)


def _sentence(name: str, error: OSError) -> str:
    if error.errno in _FULL:
        return f"{name} cannot be written: the disk is full, or its quota is used up"
    if isinstance(error, BrokenPipeError):
        return f"{name} cannot be written: the reader of the pipe has ended"
    return f"{name} cannot be written: {error.strerror or error}"
