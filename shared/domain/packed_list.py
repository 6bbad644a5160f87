"""A compressed list: a package has tens of thousands of members and resources, of which few are in use at a time."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Iterator
from typing import TypeVar

import msgspec

Value = TypeVar("Value")


class PackedList(Collection[Value]):
    """Values of one type (a struct or a dataclass) in their order, compressed to about a tenth of their memory.

    Iteration decodes a block at a time. An appended value must not be changed: the list may have packed a copy.
    """

    BLOCK = 256  # values that are compressed together

    def __init__(self, of: type[Value], values: Iterable[Value] = ()) -> None:
        """`of` is the type of every value; `values` are the first."""
        self._type = list[of]  # type: ignore[valid-type]  # a type that is known only at run time
        self._blocks: list[bytes] = []
        self._unpacked: list[Value] = []
        for value in values:
            self.append(value)

    def append(self, value: Value) -> None:
        """Add the next value."""
        self._unpacked.append(value)
        if len(self._unpacked) == self.BLOCK:
            self._blocks.append(zlib.compress(msgspec.msgpack.encode(self._unpacked), 1))
            self._unpacked = []

    def __iter__(self) -> Iterator[Value]:
        for block in self._blocks:
            yield from msgspec.msgpack.decode(zlib.decompress(block), type=self._type)
        yield from self._unpacked

    def __len__(self) -> int:
        return len(self._blocks) * self.BLOCK + len(self._unpacked)

    def __contains__(self, value: object) -> bool:
        return any(value == member for member in self)
