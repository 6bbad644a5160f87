"""The bytes of a member for a zip: checked, and compressed where that makes them smaller."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.domain.errors import DamagedFile
from shared.domain.stored_file import StoredFile
from shared.formats.archive.compression import Chunk, Deflater, crc32
from shared.formats.archive.zip_records import DEFLATED, STORED

OpenFile = Callable[[StoredFile], Iterator[bytes | memoryview]]  # chunks of about 1 MiB, each left unchanged

# Bytes up to which a file is read whole and checked, and deflated if it shrinks, before its header is written.
HELD = 4 * 1024 * 1024
# The same for a file that shrinks, which would be a tenth larger if it was deflated as a stream.
HELD_TEXT = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class MemberBody:
    """The bytes of a member in the zip, in memory, with the values of its header."""

    method: int
    crc32: int
    size: int  # bytes before compression
    chunks: Sequence[Chunk]

    @property
    def compressed_size(self) -> int:
        """Bytes in the zip."""
        return sum(map(len, self.chunks))


@dataclass(slots=True)
class Checksums:
    """Size, CRC-32 and SHA-256 of bytes that pass through."""

    size: int = 0
    crc32: int = 0
    _sha256: Any = field(default_factory=hashlib.sha256)

    def of(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The same chunks."""
        for chunk in chunks:
            self.size += len(chunk)
            self.crc32 = crc32(chunk, self.crc32)
            self._sha256.update(chunk)
            yield chunk

    @property
    def sha256(self) -> str:
        """In hex, of all bytes so far."""
        digest: str = self._sha256.hexdigest()
        return digest


def body_of(data: Chunk, deflater: Deflater) -> MemberBody:
    """Bytes deflated, or stored if that is not larger."""
    return _smaller(crc32(data), data, deflater)


def body_of_file(file: StoredFile, chunks: Sequence[Chunk], deflater: Deflater) -> MemberBody:
    """The checked bytes of a file that may shrink."""
    data = chunks[0] if len(chunks) == 1 else b"".join(chunks)
    return _smaller(file.crc32, data, deflater)


def checked(file: StoredFile, chunks: Iterable[Chunk], path: str, *, by_sha256: bool = False) -> Iterator[Chunk]:
    """The chunks of a file as they come, never more bytes than it should have.

    Raises DamagedFile at the end when size or CRC-32 are not those recorded, or, with `by_sha256`, the SHA-256;
    at once when there are more bytes.
    """
    size = checksum = 0
    digest = hashlib.sha256() if by_sha256 else None
    for chunk in chunks:
        size += len(chunk)
        checksum = crc32(chunk, checksum)
        if digest is not None:
            digest.update(chunk)
        # Before the checksum: a file of the wrong size must not fill the package.
        if size > file.size:
            break
        yield chunk
    if size != file.size:
        actual = "more" if size > file.size else f"{size}"
        reason = f"The stored bytes of {path} are damaged: {file.size} bytes were recorded, {actual} were read."
        raise DamagedFile(reason, item=path, sha256=file.sha256)
    if checksum != file.crc32 or (digest is not None and digest.hexdigest() != file.sha256):
        reason = f"The stored bytes of {path} are damaged: their checksum is not the one recorded."
        raise DamagedFile(reason, item=path, sha256=file.sha256)


def _smaller(checksum: int, data: Chunk, deflater: Deflater) -> MemberBody:
    compressed = deflater.deflated(data) if data else b""
    if len(compressed) < len(data):
        return MemberBody(DEFLATED, checksum, len(data), [compressed])
    return MemberBody(STORED, checksum, len(data), [data])
