"""Reads the bytes of a member from a stored package, and verifies them."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from zipfile import ZIP_DEFLATED, ZIP_STORED

import deflate

from shared.domain.errors import UnreadablePackage
from shared.formats.archive.read_local_header import SIZE, read_local_header
from shared.formats.verification.directory import DirectoryEntry
from shared.formats.verification.ranges import RangeFile

_UTF8 = 0x0800
# Compressed bytes that are inflated at a time.
_PIECE = 64 * 1024


def read_member(package: RangeFile, info: DirectoryEntry) -> bytes:
    """The bytes of a member that the directory lists; they are held in memory, so not for files.

    Raises UnreadablePackage if its header is that of another member, its bytes cannot be inflated, or size or checksum differ.
    """
    data = _unpacked(_packed(package, info), info)
    _compare(info, len(data), deflate.crc32(data))
    return data


def read_pieces(package: RangeFile, info: DirectoryEntry) -> Iterator[bytes]:
    """The same bytes piece by piece, for a member that is large; a fault may be raised after the last piece.

    Read nothing else from the package in between.
    """
    packed, size, crc32 = _packed(package, info), 0, 0
    if info.method not in (ZIP_STORED, ZIP_DEFLATED):
        raise _method(info)
    inflater = zlib.decompressobj(-zlib.MAX_WBITS) if info.method == ZIP_DEFLATED else None
    try:
        for start in range(0, len(packed), _PIECE):
            chunk = packed[start : start + _PIECE]
            piece = bytes(chunk) if inflater is None else inflater.decompress(chunk)
            size, crc32 = size + len(piece), zlib.crc32(piece, crc32)
            yield piece
    except zlib.error as error:
        raise _broken(info.path, "cannot be inflated") from error
    _compare(info, size, crc32)


def _compare(info: DirectoryEntry, size: int, crc32: int) -> None:
    """Raise UnreadablePackage unless size and checksum are those of the directory."""
    if size != info.size:
        raise _broken(info.path, f"has {size} bytes, not {info.size}")
    if crc32 != info.crc32:
        raise _broken(info.path, "has bytes that do not match its checksum")


def _packed(package: RangeFile, info: DirectoryEntry) -> memoryview:
    """The bytes of a member as the package has them, compressed. Raises UnreadablePackage for bytes of another member."""
    path = info.path
    header = read_local_header(package.at(info.offset, SIZE), path)
    start = info.offset + header.length
    name = bytes(package.at(info.offset + SIZE, header.name_length))
    if name.decode("utf-8" if header.flags & _UTF8 else "cp437", "replace") != info.written:
        raise _broken(path, "is in the directory, but another name is in its header")
    if header.method != info.method:
        raise _broken(path, "has one method of compression in the directory, another in its header")
    # By the directory: the local header of a streamed member has no sizes (APPNOTE 4.3.7).
    packed = package.at(start, info.compressed_size)
    if len(packed) != info.compressed_size:
        raise _broken(path, "is cut off")
    return packed


def _unpacked(packed: memoryview, info: DirectoryEntry) -> bytes:
    if info.method == ZIP_STORED:
        return bytes(packed)
    if info.method != ZIP_DEFLATED:
        raise _method(info)
    try:
        # One byte more than there should be: longer data is then an error of size, not cut off.
        return bytes(deflate.deflate_decompress(packed, info.size + 1))
    except deflate.DeflateError as error:
        raise _broken(info.path, "cannot be inflated") from error


def _method(info: DirectoryEntry) -> UnreadablePackage:
    return _broken(info.path, f"is compressed by the unknown method {info.method}")


def _broken(path: str, what: str) -> UnreadablePackage:
    return UnreadablePackage(f"{path} {what}.", item=path)
