"""Batches of small members for the threads that deflate, in order."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial

from shared.formats.archive.bodies import MemberBody
from shared.formats.archive.compression import Deflater

BuildBody = Callable[[Deflater], MemberBody]

# Handing one page to a thread costs half as much as deflating it. The output depends on these numbers: the level of a
# member follows from its neighbours in the batch.
_BYTES = 256 * 1024
_MEMBERS = 64


class Batches:
    """Gathers members into batches, each of which one thread deflates."""

    def __init__(self, pool: Executor) -> None:
        """Deflate in the threads of `pool`."""
        self._pool = pool
        self._open = _Batch(pool)

    def add(self, build: BuildBody, size: int) -> Callable[[], MemberBody]:
        """Add a member of `size` bytes; the result waits for its body, and starts its batch if that has not begun."""
        if self._open.begun:
            self._open = _Batch(self._pool)
        return self._open.add(build, size)


class _Batch:
    """Members that one thread deflates in order; it begins when the batch is full or a body is needed."""

    def __init__(self, pool: Executor) -> None:
        self._pool = pool
        self._bytes = 0  # of the source
        self._builds: list[BuildBody] = []
        self._bodies: Future[list[MemberBody]] | None = None

    @property
    def begun(self) -> bool:
        return self._bodies is not None

    def add(self, build: BuildBody, size: int) -> Callable[[], MemberBody]:
        body = partial(self._body, len(self._builds))
        self._bytes += size
        self._builds.append(build)
        if self._bytes >= _BYTES or len(self._builds) >= _MEMBERS:
            self._begin()
        return body

    def _begin(self) -> Future[list[MemberBody]]:
        builds, self._builds = self._builds, []
        self._bodies = self._pool.submit(_bodies, builds)
        return self._bodies

    def _body(self, place: int) -> MemberBody:
        return (self._bodies or self._begin()).result()[place]


def _bodies(builds: list[BuildBody]) -> list[MemberBody]:
    deflater = Deflater()
    builds.reverse()
    bodies = []
    # Popped rather than iterated, so that each source is freed when its body is done.
    while builds:
        bodies.append(builds.pop()(deflater))
    return bodies
