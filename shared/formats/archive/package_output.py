"""The output of a package: gathers bytes, counts them, hashes them in a thread, hands them to the sink."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

from shared.formats.archive.compression import Chunk

Sink = Callable[[Chunk], object]

_GATHER = 256 * 1024  # bytes: headers and small members leave together
# Bytes: threads that meet at every chunk wait for each other on a busy machine.
_HASHED_AT_ONCE = 2 * 1024 * 1024
# Batches that may wait for the hashing thread, which bounds memory.
_BATCHES_AHEAD = 16


class PackageOutput:
    """Takes pieces of any size and calls the sink with large ones; it never seeks.

    SHA-256 is the slowest step of packing media, so it runs in a thread of its own. A piece must therefore stay
    unchanged once it is written: hand over `bytes`, or a view on a buffer that is not used again.
    """

    def __init__(self, sink: Sink) -> None:
        """Write to `sink`, from the thread that calls `write`."""
        self.position = 0  # bytes written so far, gathered ones included
        self._sink = sink
        self._gathered = bytearray()
        self._hash = hashlib.sha256()
        self._unhashed: list[Chunk] = []
        self._unhashed_bytes = 0
        self._hashing: deque[Future[None]] = deque()
        self._hasher = ThreadPoolExecutor(1, "package-sha256")

    def __enter__(self) -> Self:
        """Return the output itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the hashing thread; what is still gathered is dropped, `finish` comes before."""
        self._hasher.shutdown(cancel_futures=True)

    def write(self, piece: Chunk) -> None:
        """Append a piece."""
        self.position += len(piece)
        if len(piece) < _GATHER:
            self._gathered += piece
            if len(self._gathered) >= _GATHER:
                self._release()
        else:
            self._release()
            self._emit(piece)

    def finish(self) -> str:
        """Write what is gathered; the SHA-256 of all, in hex."""
        self._release()
        while self._hashing:
            self._hashing.popleft().result()
        self._hash_all(self._unhashed)
        return self._hash.hexdigest()

    def _release(self) -> None:
        if self._gathered:
            gathered, self._gathered = self._gathered, bytearray()
            self._emit(gathered)

    def _emit(self, piece: Chunk) -> None:
        self._unhashed.append(piece)
        self._unhashed_bytes += len(piece)
        if self._unhashed_bytes >= _HASHED_AT_ONCE:
            if len(self._hashing) >= _BATCHES_AHEAD:
                self._hashing.popleft().result()
            self._hashing.append(self._hasher.submit(self._hash_all, self._unhashed))
            self._unhashed, self._unhashed_bytes = [], 0
        self._sink(piece)

    def _hash_all(self, pieces: list[Chunk]) -> None:
        for piece in pieces:
            self._hash.update(piece)
