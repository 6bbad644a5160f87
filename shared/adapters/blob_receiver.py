"""Receives file bytes under a hash that the sender names: measured on the way, kept only if it is theirs.

A few megabytes wait in memory; more than that goes to an object of its own, which gets its key once the hash is known.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from typing import Protocol

from shared.adapters.blobs import BUFFERED, INCOMING, Measurement
from shared.adapters.object_store import Chunk, ObjectWriter, blob_key
from shared.domain.stored_file import StoredFile


class ReceivingStore(Protocol):
    """Where bytes are kept. Its methods block."""

    def create(self, key: str) -> ObjectWriter:
        """A writer for an object whose size need not be known."""

    def move(self, key: str, to: str) -> None:
        """Change the key of an object."""


@dataclass(slots=True)
class BlobReceiver:
    """Bytes on their way into the store. `keep` or `drop` ends it."""

    store: ReceivingStore
    measured: Measurement = field(default_factory=Measurement)
    _buffered: list[Chunk] = field(default_factory=list)
    _key: str = field(default_factory=lambda: f"{INCOMING}{secrets.token_hex(16)}")
    _writer: ObjectWriter | None = None

    async def write(self, chunk: Chunk) -> None:
        """Take the next bytes."""
        await asyncio.to_thread(self._write, chunk)

    async def keep(self) -> StoredFile:
        """Store the bytes under their hash. Returns what is known of them."""
        return await asyncio.to_thread(self._keep)

    async def drop(self) -> None:
        """Leave nothing behind."""
        if self._writer is not None:
            await asyncio.shield(asyncio.to_thread(self._writer.abort))

    def _write(self, chunk: Chunk) -> None:
        self.measured.add(chunk)
        if self._writer is not None:
            self._writer.write(chunk)
            return
        self._buffered.append(chunk)
        if self.measured.size > BUFFERED:
            self._writer = self.store.create(self._key)
            self._flush(self._writer)

    def _keep(self) -> StoredFile:
        file = self.measured.result(None)
        key = blob_key(file.sha256)
        if self._writer is None:
            self._key, self._writer = key, self.store.create(key)
            self._flush(self._writer)
        self._writer.complete()
        if self._key != key:
            self.store.move(self._key, key)
        return file

    def _flush(self, writer: ObjectWriter) -> None:
        for chunk in self._buffered:
            writer.write(chunk)
        self._buffered.clear()
