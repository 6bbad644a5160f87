"""Small members on their way through the threads that deflate: some at a time, in order."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial

from shared.formats.archive.bodies import Body
from shared.formats.archive.compression import Deflater

Make = Callable[[Deflater], Body]

# To hand over a page by itself costs half as much as to deflate it. The output depends on these: who is whose neighbour.
_BYTES = 256 * 1024
_MEMBERS = 64


class Batches:
    """Gathers members and has them made, each batch by one thread."""

    def __init__(self, pool: Executor) -> None:
        """Have them made in `pool`."""
        self._pool = pool
        self._open = _Batch(pool)

    def add(self, make: Make, size: int) -> Callable[[], Body]:
        """Take a member of `size` bytes; what comes back waits for its body, and has it made now if it has not begun."""
        if self._open.begun:
            self._open = _Batch(self._pool)
        return self._open.add(make, size)


class _Batch:
    """Members that one thread makes, one after another; it begins when it is full, or wanted."""

    def __init__(self, pool: Executor) -> None:
        self._pool = pool
        self._bytes = 0  # of the source
        self._makes: list[Make] = []
        self._made: Future[list[Body]] | None = None

    @property
    def begun(self) -> bool:
        return self._made is not None

    def add(self, make: Make, size: int) -> Callable[[], Body]:
        body = partial(self._body, len(self._makes))
        self._bytes += size
        self._makes.append(make)
        if self._bytes >= _BYTES or len(self._makes) >= _MEMBERS:
            self._begin()
        return body

    def _begin(self) -> Future[list[Body]]:
        makes, self._makes = self._makes, []
        self._made = self._pool.submit(_made, makes)
        return self._made

    def _body(self, place: int) -> Body:
        return (self._made or self._begin()).result()[place]


def _made(makes: list[Make]) -> list[Body]:
    deflater = Deflater()
    makes.reverse()
    bodies = []
    while makes:  # each lets go of its source as soon as it is made
        bodies.append(makes.pop()(deflater))
    return bodies
