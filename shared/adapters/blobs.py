"""Stores file bytes under their SHA-256, once, and measures what packaging needs to know about them later."""

from __future__ import annotations

import hashlib
import secrets
import zlib
from collections.abc import Iterable

import deflate

from shared.adapters.object_store import Chunk, ObjectStore, blob_key
from shared.domain.stored_file import StoredFile

BLOBS = "blobs/"  # prefix of the keys of all file bytes
INCOMING = f"{BLOBS}incoming/"  # large files whose SHA-256 is not known yet; leftovers may be removed
BUFFERED = 8 * 1024 * 1024  # bytes: a file up to this size waits in memory until its SHA-256 is known
_PROBE = 64 * 1024  # bytes of the start that are compressed on trial
_SHRINKS = 0.9  # the probe must shrink to at most this share of its size for deflate to be worth its time

# Formats that compress their own data. Their first bytes (an index, a preview) may still shrink: the probe misleads.
_PACKED_TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp", "image/heic", "image/avif", "video/", "audio/")
_PLAIN_TYPES = ("audio/wav", "audio/x-wav", "audio/wave", "audio/aiff", "audio/x-aiff", "audio/midi")
_PACKED_NAMES = ("application/zip", "application/gzip", "application/x-7z", "application/epub", "officedocument")


class Measurement:
    """Size, checksums and first bytes of a stream of chunks."""

    def __init__(self) -> None:
        self.size = 0
        self.probe = bytearray()
        self._crc32 = 0
        self._sha256 = hashlib.sha256()

    def add(self, chunk: Chunk) -> None:
        """Count the next chunk."""
        self.size += len(chunk)
        self._crc32 = deflate.crc32(chunk, self._crc32)
        self._sha256.update(chunk)
        if (room := _PROBE - len(self.probe)) > 0:
            self.probe += chunk[:room]

    def result(self, content_type: str | None) -> StoredFile:
        """The measured values of all chunks so far."""
        return StoredFile(self._sha256.hexdigest(), self.size, self._crc32, compressible(self.probe, content_type))


def store_blob(store: ObjectStore, chunks: Iterable[Chunk], content_type: str | None = None) -> StoredFile:
    """Store bytes under their SHA-256; bytes that are stored already are not written again.

    Nothing is left behind when `chunks` raises. Two callers may store the same bytes at once.
    """
    measured, buffered = Measurement(), []
    remaining = iter(chunks)
    for chunk in remaining:
        measured.add(chunk)
        buffered.append(chunk)
        if measured.size > BUFFERED:
            return _store_large(store, measured, buffered, remaining, content_type)
    file = measured.result(content_type)
    key = blob_key(file.sha256)
    if not store.exists(key):
        with store.create(key) as writer:
            for chunk in buffered:
                writer.write(chunk)
    return file


def compressible(start: Chunk, content_type: str | None = None) -> bool:
    """Whether deflate is worth its time for a file that begins with these bytes and has this content type."""
    if is_packed(content_type or ""):
        return False
    return len(zlib.compress(start, 1)) < _SHRINKS * len(start)


def is_packed(content_type: str) -> bool:
    """Whether files of this content type compress their own data."""
    kind = content_type.lower()
    packed = kind.startswith(_PACKED_TYPES) or any(name in kind for name in _PACKED_NAMES)
    return packed and not kind.startswith(_PLAIN_TYPES)


def _store_large(
    store: ObjectStore,
    measured: Measurement,
    buffered: Iterable[Chunk],
    rest: Iterable[Chunk],
    content_type: str | None,
) -> StoredFile:
    incoming = f"{INCOMING}{secrets.token_hex(16)}"
    with store.create(incoming) as writer:
        for chunk in buffered:
            writer.write(chunk)
        for chunk in rest:
            measured.add(chunk)
            writer.write(chunk)
    file = measured.result(content_type)
    store.move(incoming, blob_key(file.sha256))
    return file
