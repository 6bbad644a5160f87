"""The bytes of one member while they are decompressed: counted, and compared with the size in the directory."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import IO

from shared.domain.errors import HostilePackage, UnreadablePackage


class MemberStream(io.RawIOBase):
    """A readable stream over a member that ends with an error unless exactly `size` bytes come out of it."""

    def __init__(self, raw: IO[bytes], path: str, size: int) -> None:
        """Read from `raw`, which may return more or fewer bytes than `size`."""
        self._raw = raw
        self._path = path
        self._remaining = size

    def readable(self) -> bool:
        """Whether the stream can be read: always True."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # the base takes any buffer
        """Fill the buffer. Raises HostilePackage for a wrong size, UnreadablePackage for damaged data."""
        data = self.read1(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def read1(self, size: int) -> bytes:
        """Up to `size` bytes, none at the end. Raises as `readinto` does."""
        try:
            data = self._raw.read(size)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
            raise UnreadablePackage(f"{self._path} is damaged: {error}", item=self._path) from error
        self._remaining -= len(data)
        # Checked at each chunk: a zip bomb must not be unpacked first.
        if self._remaining < 0 or (not data and size and self._remaining):
            raise HostilePackage(f"{self._path} is not as large as the package says", item=self._path)
        return data

    def close(self) -> None:
        """Close the member."""
        self._raw.close()
        super().close()
