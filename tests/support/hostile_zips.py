"""Builders of zips that attack their readers."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping

MIB = 1024 * 1024


def a_zip(members: Mapping[str, bytes] | list[tuple[zipfile.ZipInfo | str, bytes]]) -> bytes:
    """A zip with these members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items() if isinstance(members, Mapping) else members:
            archive.writestr(name, body)
    return buffer.getvalue()


def stored(members: Mapping[str, bytes]) -> bytes:
    """A zip with these members, uncompressed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return buffer.getvalue()


def link(name: str, mode: int = 0o120777) -> zipfile.ZipInfo:
    """A member that unzip on Unix would create as a symbolic link or a device."""
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = mode << 16
    return info


def named(name: str) -> zipfile.ZipInfo:
    """A member with a name that zipfile would otherwise correct."""
    info = zipfile.ZipInfo("x")
    info.filename = info.orig_filename = name
    return info


def _entry(data: bytes, name: str) -> int:
    """The offset of the directory entry of a member."""
    return data.rindex(b"PK\1\2", 0, data.rindex(name.encode()))


def _local(data: bytes, name: str) -> int:
    return data.rindex(b"PK\3\4", 0, data.index(name.encode()))


def lying(data: bytes, name: str, size: int) -> bytes:
    """The zip with another uncompressed size in both headers of a member."""
    changed = bytearray(data)
    struct.pack_into("<L", changed, _local(data, name) + 22, size)
    struct.pack_into("<L", changed, _entry(data, name) + 24, size)
    return bytes(changed)


def encrypted(data: bytes, name: str) -> bytes:
    """Both headers say that a member is encrypted."""
    changed = bytearray(data)
    changed[_local(data, name) + 6] |= 1
    changed[_entry(data, name) + 8] |= 1
    return bytes(changed)


def overlapping(data: bytes, first: str, second: str) -> bytes:
    """The directory says that two members begin at one place."""
    changed = bytearray(data)
    struct.pack_into("<L", changed, _entry(data, second) + 42, _local(data, first))
    return bytes(changed)


def crowded(entries: int, manifest: bytes) -> bytes:
    """A ZIP64 directory of as many entries, each of which names the same few bytes."""
    one = b"imsmanifest.xml"
    local = (
        struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 0, 0, 33, 0, len(manifest), len(manifest), len(one), 0)
        + one
        + manifest
    )
    entry = struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 0, 0, 33, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    directory = entry * entries
    at = len(local)
    end64 = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, entries, entries, len(directory), at)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, at + len(directory), 1)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return local + directory + end64 + locator + end


def nested_deflate(levels: int = 4) -> bytes:
    """Zeros in a zip in a zip: each level is harmless, and unpacking all of them is not."""
    body = bytes(5 * MIB)
    for level in range(levels):
        body = a_zip({f"{level}-{copy}.zip" if level else f"{copy}.bin": body for copy in range(4)})
    return body
