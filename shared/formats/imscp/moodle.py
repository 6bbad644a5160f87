"""Backups of Moodle, which only Moodle reads: recognised, so that they are refused with a sentence.

Source: the backups themselves. A backup is a zip or a compressed tar archive with `moodle_backup.xml`, and, where Moodle
writes a tar archive, `.ARCHIVE_INDEX` before all; before version 2 it is a zip with `moodle.xml`.
"""

from __future__ import annotations

import gzip
import io
import posixpath
import tarfile
import zlib
from collections.abc import Callable, Iterable
from typing import BinaryIO, Self

MOODLE_BACKUP = (
    "This is a Moodle backup, which only Moodle reads. Export the course as a Common Cartridge, if that Moodle can, or put "
    "its files into a zip of a folder."
)
_MARK = "moodle_backup.xml"
_MARKS_IN_TAR = (_MARK, ".ARCHIVE_INDEX")
# Before version 2. Exported questions may have this name too, with another root.
_OLD = "moodle.xml"
_OLD_ROOT = b"<MOODLE_BACKUP"
_HEAD = 8 * 1024  # bytes of a document within which its root begins
_GZIP = b"\x1f\x8b"
# How far a tar archive is searched.
_COMPRESSED_BYTES = 16 * 1024 * 1024
_UNPACKED_BYTES = 256 * 1024 * 1024
_MEMBERS = 10_000
# Headers whose content tarfile would hold in memory and parse.
_EXTENSIONS = (
    *(tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE),
    *(tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.GNUTYPE_SPARSE),
)


class _Header(tarfile.TarInfo):
    """A header by itself: one that extends the next is a member like any other, whose bytes are skipped."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        """The header in a block. Raises tarfile.HeaderError."""
        header = super().frombuf(buf, encoding, errors)
        if header.type in _EXTENSIONS:
            header.type = tarfile.REGTYPE
        return header


def is_backup(paths: Iterable[str], head: Callable[[str, int], bytes]) -> bool:
    """Whether a zip with these members is a backup; `head` gives the first bytes of one."""
    outer = [path for path in paths if _is_outer(path)]
    if any(posixpath.basename(path) == _MARK for path in outer):
        return True
    return any(_OLD_ROOT in head(path, _HEAD) for path in outer if posixpath.basename(path) == _OLD)


def is_tar_backup(stream: BinaryIO) -> bool:
    """Whether a file is a compressed tar archive of a backup; False too where no mark is within the bounds of the search."""
    stream.seek(0)
    if stream.read(len(_GZIP)) != _GZIP:
        return False
    stream.seek(0)
    # No more than its start, however large the archive is.
    start = io.BytesIO(stream.read(_COMPRESSED_BYTES))
    try:
        # Unpacked by gzip: the "r|gz" of tarfile holds a thousand times what it reads, and copies that for each block.
        with gzip.open(start) as blocks, tarfile.open(fileobj=blocks, mode="r|", tarinfo=_Header) as archive:
            return any(_is_outer(path) and posixpath.basename(path) in _MARKS_IN_TAR for path in _names(archive))
    except (tarfile.TarError, zlib.error, EOFError, OSError, ValueError):
        return False


def _names(archive: tarfile.TarFile) -> Iterable[str]:
    for _ in range(_MEMBERS):
        header = archive.next()
        if header is None:
            return
        yield posixpath.normpath(header.name)
        # The next header is behind the bytes of this member, which would all be decompressed.
        if header.offset_data + header.size > _UNPACKED_BYTES:
            return


def _is_outer(path: str) -> bool:
    """Whether a member is at the top, or in a folder there."""
    return path.count("/") <= 1
