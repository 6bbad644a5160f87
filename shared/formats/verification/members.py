"""A member's bytes out of a stored package, verified."""

from __future__ import annotations

from zipfile import ZIP_DEFLATED, ZIP_STORED

import deflate

from shared.domain.errors import UnreadablePackage
from shared.formats.archive.local_header import SIZE, local_header
from shared.formats.verification.directory import Listed
from shared.formats.verification.ranges import RangeFile

_UTF8 = 0x0800


def read_member(package: RangeFile, info: Listed) -> bytes:
    """The bytes of a member that the directory lists; it is held whole, so not for files.

    Raises UnreadablePackage where its header is another's, its bytes cannot be inflated, or size or checksum differ.
    """
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
    data = _unpacked(packed, info)
    if len(data) != info.size:
        raise _broken(path, f"has {len(data)} bytes, not {info.size}")
    if deflate.crc32(data) != info.crc32:
        raise _broken(path, "has bytes that do not match its checksum")
    return data


def _unpacked(packed: memoryview, info: Listed) -> bytes:
    if info.method == ZIP_STORED:
        return bytes(packed)
    if info.method != ZIP_DEFLATED:
        raise _broken(info.path, f"is compressed by the unknown method {info.method}")
    try:
        return bytes(deflate.deflate_decompress(packed, info.size + 1))
    except deflate.DeflateError as error:
        raise _broken(info.path, "cannot be inflated") from error


def _broken(path: str, what: str) -> UnreadablePackage:
    return UnreadablePackage(f"{path} {what}.", item=path)
