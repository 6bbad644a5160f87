"""An object store in memory, as far as a load uses one."""

from __future__ import annotations

from typing import Self

from shared.adapters.object_store import Chunk


class MemoryStore:
    """Objects by their keys; any other method is an AttributeError."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def exists(self, key: str) -> bool:
        return key in self.objects

    def create(self, key: str) -> _Writer:
        return _Writer(self.objects, key)

    def move(self, key: str, to: str) -> None:
        self.objects[to] = self.objects.pop(key)


class _Writer:
    def __init__(self, objects: dict[str, bytes], key: str) -> None:
        self._objects, self._key, self._parts = objects, key, bytearray()

    def write(self, data: Chunk) -> None:
        self._parts += data

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind is None:
            self._objects[self._key] = bytes(self._parts)
