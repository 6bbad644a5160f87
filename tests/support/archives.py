"""Stored files in memory, packages in memory, and the zip tools of other houses."""

from __future__ import annotations

import hashlib
import io
import shutil
import subprocess
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from shared.domain.errors import ObjectMissing
from shared.formats.archive.members import Hooks
from shared.formats.archive.zip_writer import WrittenZip, ZipOptions, write_zip
from shared.formats.entry import Entry, GeneratedEntry, StoredFile

MB = 1024 * 1024
needs_unzip = pytest.mark.skipif(shutil.which("unzip") is None, reason="unzip is not installed (Debian: unzip)")
needs_7z = pytest.mark.skipif(shutil.which("7z") is None, reason="7z is not installed (Debian: p7zip-full)")


class Shelf:
    """Keeps bytes by their hash and hands them out in chunks of a mebibyte, as an object store does."""

    def __init__(self) -> None:
        self.bytes: dict[str, bytes] = {}
        self.opened: list[str] = []

    def add(self, data: bytes, *, compressible: bool = False) -> StoredFile:
        sha256 = hashlib.sha256(data).hexdigest()
        self.bytes[sha256] = data
        return StoredFile(sha256, len(data), zlib.crc32(data), compressible)

    def damage(self, file: StoredFile, data: bytes) -> None:
        self.bytes[file.sha256] = data

    def open(self, file: StoredFile) -> Iterator[bytes]:
        self.opened.append(file.sha256)
        if file.sha256 not in self.bytes:
            raise ObjectMissing(file.sha256)
        data = self.bytes[file.sha256]
        return (data[i : i + MB] for i in range(0, len(data), MB))


def written(
    entries: Iterable[Entry | GeneratedEntry],
    shelf: Shelf | None = None,
    hooks: Hooks | None = None,
    options: ZipOptions | None = None,
) -> tuple[bytes, WrittenZip]:
    """A package and what the writer says of it."""
    out = io.BytesIO()
    result = write_zip(entries, (shelf or Shelf()).open, out.write, hooks, options)
    return out.getvalue(), result


def packed(entries: Iterable[Entry], shelf: Shelf | None = None) -> zipfile.ZipFile:
    """A package, opened by Python's reader."""
    return zipfile.ZipFile(io.BytesIO(written(entries, shelf)[0]))


def run(*command: str | Path) -> str:
    """What a program prints; fails when it does."""
    result = subprocess.run([str(word) for word in command], capture_output=True, check=False, timeout=600)
    text = (result.stdout + result.stderr).decode(errors="replace")
    assert result.returncode == 0, text
    return text
