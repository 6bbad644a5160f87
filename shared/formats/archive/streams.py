"""The bytes of a member that is too large for memory, as they will lie in the zip, piece by piece."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future

from shared.formats.archive.compression import STREAM_END, Chunk, deflated_block

Piece = tuple[int, Chunk]  # (bytes of the source that it stands for, bytes in the zip)

_BLOCK = 1024 * 1024  # bytes of the source that are deflated by themselves: the output depends on it
_AHEAD = 4  # blocks that are being deflated while one is written


def as_they_are(chunks: Iterable[Chunk]) -> Iterator[Piece]:
    """Each chunk for itself."""
    return ((len(chunk), chunk) for chunk in chunks)


def deflated_ahead(chunks: Iterable[Chunk], pool: Executor) -> Iterator[Piece]:
    """One deflate stream, a few blocks of it in the making at a time; the same bytes, however the chunks were cut."""
    waiting: deque[tuple[int, Future[bytes]]] = deque()
    for block in _blocks(chunks):
        waiting.append((len(block), pool.submit(deflated_block, block)))
        if len(waiting) > _AHEAD:
            size, made = waiting.popleft()
            yield size, made.result()
    for size, made in waiting:
        yield size, made.result()
    yield 0, STREAM_END


def _blocks(chunks: Iterable[Chunk]) -> Iterator[Chunk]:
    """The same bytes in blocks of `_BLOCK`; the last is what is left. A chunk that is a block already is not copied."""
    gathered = bytearray()
    for chunk in chunks:
        if not gathered and len(chunk) == _BLOCK:
            yield chunk
            continue
        gathered += chunk
        while len(gathered) >= _BLOCK:
            yield bytes(gathered[:_BLOCK])
            del gathered[:_BLOCK]
    if gathered:
        yield bytes(gathered)
