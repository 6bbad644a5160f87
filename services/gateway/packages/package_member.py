"""A single member of a stored package: found by its offset, sent as it lies there or inflated on the way."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Self

from services.gateway.packages.sending import Packages, Wire
from shared.domain.errors import UnreadablePackage
from shared.domain.packages.package_entry import PackageEntry
from shared.formats.archive.read_local_header import SIZE, read_local_header

_STORED, _DEFLATED = 0, 8
_RAW = -15  # bare deflate, 32 kB window
_PIECE = 256 * 1024  # bytes inflated at a time, whatever the member promises


@dataclass(frozen=True, slots=True)
class PackageMember:
    """Where the bytes of a member lie."""

    store: Packages
    key: str  # of the package
    entry: PackageEntry
    start: int  # of its bytes in the package
    deflated: bool

    @classmethod
    async def find(cls, store: Packages, key: str, entry: PackageEntry) -> Self:
        """Read the header of a member. Raises UnreadablePackage where the package does not have it there."""
        begin = b"".join([bytes(c) async for c in store.read_range(key, entry.offset, entry.offset + SIZE)])
        header = read_local_header(begin, entry.path)
        if header.method not in (_STORED, _DEFLATED) or header.name_length != len(entry.path.encode()):
            raise UnreadablePackage(f"The header of {entry.path} is not that of its member.", item=entry.path)
        return cls(store, key, entry, entry.offset + header.length, header.method == _DEFLATED)

    async def send_inflated(self, wire: Wire) -> None:
        """All of it. Raises EOFError where it is not what it should be: the connection must break then."""
        size = checksum = 0
        async for piece in self._pieces():
            size += len(piece)
            checksum = zlib.crc32(piece, checksum)
            if size > self.entry.size:
                break
            await wire.write(piece)
        if (size, checksum) != (self.entry.size, self.entry.crc32):
            raise EOFError(f"{self.entry.path} is damaged in the package {self.key}")

    async def _pieces(self) -> AsyncIterator[bytes]:
        stream = zlib.decompressobj(_RAW)
        stop = self.start + self.entry.compressed_size
        try:
            async for chunk in self.store.read_range(self.key, self.start, stop):
                for piece in _inflated(stream, bytes(chunk)):
                    yield piece
        except zlib.error as error:
            raise EOFError(f"{self.entry.path} cannot be inflated: {error}") from error


def _inflated(stream: zlib._Decompress, chunk: bytes) -> Iterator[bytes]:
    """What a chunk inflates to, in pieces of bounded size."""
    while chunk:
        if piece := stream.decompress(chunk, _PIECE):
            yield piece
        chunk = stream.unconsumed_tail
