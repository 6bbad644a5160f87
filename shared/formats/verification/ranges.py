"""A stored object as a seekable file, read a window at a time."""

from __future__ import annotations

import io
from collections.abc import Callable

# The bytes [start, stop) of the object; fewer where it ends before.
ReadRange = Callable[[int, int], bytes | bytearray]

WINDOW = 2 * 1024 * 1024  # bytes of a request, so that members in a row cost one request


class RangeFile(io.RawIOBase):
    """A read-only file that holds one window of the object."""

    def __init__(self, read_range: ReadRange, size: int, window: int = WINDOW) -> None:
        super().__init__()
        self.size = size
        self._read_range = read_range
        self._window = window
        self._position = 0
        self._start = 0
        self._held = memoryview(b"")

    def at(self, start: int, size: int) -> memoryview:
        """`size` bytes from `start` on; fewer where the object ends before. Valid until the next call."""
        stop = min(start + size, self.size)
        if not (self._start <= start and stop <= self._start + len(self._held)):
            self._fetch(start, stop)
        return self._held[start - self._start : max(stop, start) - self._start]

    def _fetch(self, start: int, stop: int) -> None:
        """Fetch the window from `start`, or the last one: the directory at the end is read from back to front."""
        self._start = min(start, max(0, self.size - self._window))
        end = min(max(stop, self._start + self._window), self.size)
        # Frees the last window before the next one is read: memory holds one of them.
        self._held = memoryview(b"")
        self._held = memoryview(self._read_range(self._start, end) if self._start < end else b"")

    def seekable(self) -> bool:
        """True: ranges can be read in any order."""
        return True

    def readable(self) -> bool:
        """True: zipfile asks before it reads."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Set the position; raises OSError for one before the start, as files do."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise OSError("a place before the start of the object")
        self._position = base + offset
        return self._position

    def tell(self) -> int:
        """The position, in bytes."""
        return self._position

    def read(self, size: int | None = -1) -> bytes:
        """`size` bytes from here on, or all; fewer only where the object ends."""
        length = self.size - self._position if size is None or size < 0 else size
        data = bytes(self.at(self._position, max(0, length)))
        self._position += len(data)
        return data
