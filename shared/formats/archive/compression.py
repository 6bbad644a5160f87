"""Deflate and CRC-32 by the fastest library that is installed.

libdeflate (`deflate`) for what lies in memory, at a level that depends on how much there is to gain (`Deflater`): of
pages, XML and code it takes a quarter to a half of the processor time of zlib's level 6, for at most 6 % more bytes.
ISA-L (`isal`) for streams, in blocks: 7 times zlib's level 6 at 10 to 15 % more bytes. Not for checksums: it leaves the
upper halves of the vector registers in use, in that thread and all that it starts, and SHA-256 then takes a third longer.
All of them release the interpreter lock while they work. zlib stands in where a wheel is missing.
"""

from __future__ import annotations

import zlib

try:
    import deflate as _libdeflate
except ImportError:  # pragma: no cover - platforms without a wheel
    _libdeflate = None  # type: ignore[assignment]  # None says that zlib stands in
try:
    from isal import isal_zlib as _isal
except ImportError:  # pragma: no cover - platforms without a wheel
    _isal = None  # type: ignore[assignment]  # None says that zlib stands in

Chunk = bytes | bytearray | memoryview

_FAST, _MIDDLE, _THOROUGH = 1, 4, 6  # levels of libdeflate
# Parts of its size. Text that shrinks to more than the first loses less than 5 % by the fast level, unless it is longer
# than the second, in bytes, and repeats what is far above; text that shrinks to less than the third is repetitive, and
# loses 10 to 25 % below level 6.
_PLAIN_FROM = 0.27
_PLAIN_UP_TO = 64 * 1024
_DENSE_BELOW = 0.2
_PLAIN_LEVEL = 6  # of zlib, where it stands in
_STREAM_LEVEL = 3  # ISA-L's best
# A zip holds bare deflate: a window of 32 kB, and no header of zlib (APPNOTE 4.4.5).
_RAW = -15

# An empty last block (RFC 1951, 3.2.3).
STREAM_END = b"\x03\x00"


def crc32(data: Chunk, value: int = 0) -> int:
    """The CRC-32 of `data`, going on from `value`."""
    return _libdeflate.crc32(data, value) if _libdeflate else zlib.crc32(data, value)


class Deflater:
    """Bare deflate of bytes in memory, one after another.

    The ratio of one member decides the level of the next, since neighbours are alike: the same sequence gives the same
    bytes.
    """

    def __init__(self) -> None:
        """Begin with the middle level."""
        self._level = _MIDDLE

    def deflated(self, data: Chunk) -> Chunk:
        """Compress the next bytes, which are not empty."""
        if not _libdeflate:
            stream = zlib.compressobj(_PLAIN_LEVEL, zlib.DEFLATED, _RAW)
            return stream.compress(data) + stream.flush()
        long = len(data) > _PLAIN_UP_TO
        compressed = _libdeflate.deflate_compress(data, _MIDDLE if long and self._level == _FAST else self._level)
        self._level = _level_after(len(compressed) / len(data))
        return compressed


def _level_after(ratio: float) -> int:
    """The level for the neighbour of a member that shrank to `ratio` of its size."""
    if ratio > _PLAIN_FROM:
        return _FAST
    return _MIDDLE if ratio > _DENSE_BELOW else _THOROUGH


def deflated_block(data: Chunk) -> bytes:
    """A piece of a deflate stream, which later pieces and at last `STREAM_END` may follow.

    Pieces do not refer to each other, so that threads can deflate them at the same time; with a megabyte each, that costs
    less than 1 % of their size.
    """
    if _isal:
        block = _isal.compressobj(_STREAM_LEVEL, _isal.DEFLATED, _RAW)
        return bytes(block.compress(data) + block.flush(_isal.Z_SYNC_FLUSH))
    plain = zlib.compressobj(_PLAIN_LEVEL, zlib.DEFLATED, _RAW)
    return plain.compress(data) + plain.flush(zlib.Z_SYNC_FLUSH)
