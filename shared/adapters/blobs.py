"""File bytes by their content: stored once, with what packaging wants to know of them later."""

from __future__ import annotations

import hashlib
import secrets
import zlib
from collections.abc import Iterable

import deflate

from shared.adapters.object_store import Chunk, ObjectStore, blob_key
from shared.domain.stored_file import StoredFile

BLOBS = "blobs/"  # what the keys of all file bytes begin with
INCOMING = f"{BLOBS}incoming/"  # what is being stored and has no name yet; leftovers may be removed
_HELD = 8 * 1024 * 1024  # bytes: up to here a file waits in memory for its name
_PROBE = 64 * 1024  # bytes of the start that are compressed on trial
_SHRINKS = 0.9  # of its size, at most, must be left of the probe for deflate to be worth its time

# Formats that are compressed by themselves, whatever their first bytes (an index, a preview) look like.
_PACKED_TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp", "image/heic", "image/avif", "video/", "audio/")
_PLAIN_TYPES = ("audio/wav", "audio/x-wav", "audio/wave", "audio/aiff", "audio/x-aiff", "audio/midi")
_PACKED_NAMES = ("application/zip", "application/gzip", "application/x-7z", "application/epub", "officedocument")


class _Facts:
    """Size, checksums and probe of bytes that pass by."""

    def __init__(self) -> None:
        self.size = 0
        self.probe = bytearray()
        self._crc32 = 0
        self._sha256 = hashlib.sha256()

    def add(self, chunk: Chunk) -> None:
        self.size += len(chunk)
        self._crc32 = deflate.crc32(chunk, self._crc32)
        self._sha256.update(chunk)
        if (room := _PROBE - len(self.probe)) > 0:
            self.probe += chunk[:room]

    def file(self, content_type: str | None) -> StoredFile:
        shrinks = compressible(self.probe, content_type)
        return StoredFile(self._sha256.hexdigest(), self.size, self._crc32, shrinks)


def store_blob(store: ObjectStore, chunks: Iterable[Chunk], content_type: str | None = None) -> StoredFile:
    """Store bytes under their SHA-256; bytes that are there already are not written again.

    Nothing is left behind when `chunks` raises, and two who store the same bytes at once do no harm.
    """
    facts, held = _Facts(), []
    passing = iter(chunks)
    for chunk in passing:
        facts.add(chunk)
        held.append(chunk)
        if facts.size > _HELD:
            return _store_large(store, facts, held, passing, content_type)
    file = facts.file(content_type)
    key = blob_key(file.sha256)
    if not store.exists(key):
        with store.create(key) as writer:
            for chunk in held:
                writer.write(chunk)
    return file


def compressible(start: Chunk, content_type: str | None = None) -> bool:
    """Whether deflate is worth trying on bytes that begin like this."""
    kind = (content_type or "").lower()
    packed = kind.startswith(_PACKED_TYPES) or any(name in kind for name in _PACKED_NAMES)
    if packed and not kind.startswith(_PLAIN_TYPES):
        return False
    return len(zlib.compress(start, 1)) < _SHRINKS * len(start)


def _store_large(
    store: ObjectStore, facts: _Facts, held: Iterable[Chunk], rest: Iterable[Chunk], content_type: str | None
) -> StoredFile:
    incoming = f"{INCOMING}{secrets.token_hex(16)}"
    with store.create(incoming) as writer:
        for chunk in held:
            writer.write(chunk)
        for chunk in rest:
            facts.add(chunk)
            writer.write(chunk)
    file = facts.file(content_type)
    store.move(incoming, blob_key(file.sha256))
    return file
