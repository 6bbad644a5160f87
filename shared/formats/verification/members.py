"""A member's bytes out of a stored package, verified."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from zipfile import ZIP_DEFLATED, ZIP_STORED

import deflate

from shared.domain.errors import UnreadablePackage
from shared.formats.archive.local_header import SIZE, local_header
from shared.formats.verification.directory import Listed
from shared.formats.verification.ranges import RangeFile

_UTF8 = 0x0800
_PIECE = 64 * 1024  # compressed bytes that are inflated at a time


def read_member(package: RangeFile, info: Listed) -> bytes:
    """The bytes of a member that the directory lists; it is held whole, so not for files.

    Raises UnreadablePackage where its header is another's, its bytes cannot be inflated, or size or checksum differ.
    """
    data = _unpacked(_packed(package, info), info)
    _compare(info, len(data), deflate.crc32(data))
    return data


def read_pieces(package: RangeFile, info: Listed) -> Iterator[bytes]:
    """The same bytes piece by piece, for a member that is large; what is wrong with it may be raised behind the last.

    Nothing else may be read from the package in between.
    """
    packed, size, crc32 = _packed(package, info), 0, 0
    if info.method not in (ZIP_STORED, ZIP_DEFLATED):
        raise _method(info)
    inflater = zlib.decompressobj(-zlib.MAX_WBITS) if info.method == ZIP_DEFLATED else None
    try:
        for start in range(0, len(packed), _PIECE):
            given = packed[start : start + _PIECE]
            piece = bytes(given) if inflater is None else inflater.decompress(given)
            size, crc32 = size + len(piece), zlib.crc32(piece, crc32)
            yield piece
    except zlib.error as error:
        raise _broken(info.path, "cannot be inflated") from error
    _compare(info, size, crc32)


def _compare(info: Listed, size: int, crc32: int) -> None:
    """Pass where the unpacked bytes are what the directory lists."""
    if size != info.size:
        raise _broken(info.path, f"has {size} bytes, not {info.size}")
    if crc32 != info.crc32:
        raise _broken(info.path, "has bytes that do not match its checksum")


def _packed(package: RangeFile, info: Listed) -> memoryview:
    """The bytes of a member as they lie in the package. Raises UnreadablePackage where they are not a member's."""
    path = info.path
    header = local_header(package.at(info.offset, SIZE), path)
    start = info.offset + header.length
    name = bytes(package.at(info.offset + SIZE, header.name_length))
    if name.decode("utf-8" if header.flags & _UTF8 else "cp437", "replace") != info.written:
        raise _broken(path, "stands in the directory, but another name before its bytes")
    if header.method != info.method:
        raise _broken(path, "is compressed in one way by the directory, in another by its header")
    packed = package.at(start, info.compressed_size)
    if len(packed) != info.compressed_size:
        raise _broken(path, "is cut off")
    return packed


def _unpacked(packed: memoryview, info: Listed) -> bytes:
    if info.method == ZIP_STORED:
        return bytes(packed)
    if info.method != ZIP_DEFLATED:
        raise _method(info)
    try:
        return bytes(deflate.deflate_decompress(packed, info.size + 1))
    except deflate.DeflateError as error:
        raise _broken(info.path, "cannot be inflated") from error


def _method(info: Listed) -> UnreadablePackage:
    return _broken(info.path, f"is compressed by the unknown method {info.method}")


def _broken(path: str, what: str) -> UnreadablePackage:
    return UnreadablePackage(f"{path} {what}.", item=path)
