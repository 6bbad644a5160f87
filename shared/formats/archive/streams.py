"""The bytes of a member that is too large for memory, as the zip has them, piece by piece."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future

from shared.formats.archive.compression import STREAM_END, Chunk, deflated_block

Piece = tuple[int, Chunk]  # (number of source bytes, bytes in the zip)

# Bytes of the source that are deflated by themselves: the output depends on it.
_BLOCK = 1024 * 1024
# Blocks that are being deflated while one is written.
_AHEAD = 4


def stored_pieces(chunks: Iterable[Chunk]) -> Iterator[Piece]:
    """Each chunk as one piece, without compression."""
    return ((len(chunk), chunk) for chunk in chunks)


def deflated_pieces(chunks: Iterable[Chunk], pool: Executor) -> Iterator[Piece]:
    """One deflate stream; threads deflate a few blocks ahead. The bytes do not depend on the sizes of the chunks."""
    waiting: deque[tuple[int, Future[bytes]]] = deque()
    for block in _blocks(chunks):
        waiting.append((len(block), pool.submit(deflated_block, block)))
        if len(waiting) > _AHEAD:
            size, deflated = waiting.popleft()
            yield size, deflated.result()
    for size, deflated in waiting:
        yield size, deflated.result()
    yield 0, STREAM_END


def _blocks(chunks: Iterable[Chunk]) -> Iterator[Chunk]:
    """The same bytes in blocks of `_BLOCK`; the last has the rest. A chunk that is a block already is not copied."""
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
