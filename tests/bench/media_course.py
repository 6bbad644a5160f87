"""A running system with a course of media in it: bytes that nothing shrinks, as many as a benchmark asks for."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.table import MIB
from tests.support.campus import Campus, write_folder
from tests.support.client import Client
from tests.support.servers import session_servers
from tests.support.stack import running_stack


@dataclass(frozen=True)
class MediaCourse:
    """The system, who asks, and the course; `store` is the folder in which files and packages lie."""

    campus: Campus
    admin: Client
    course_id: int
    store: Path

    def files(self) -> list[Path]:
        """Where the bytes of the course lie."""
        return [path for path in sorted((self.store / "blobs").rglob("*")) if path.is_file()]

    def packages(self) -> list[Path]:
        """Where packages lie."""
        return sorted((self.store / "packages").rglob("*.zip"))


@contextmanager
def media_course(folder: Path, sizes: Iterable[int]) -> Iterator[MediaCourse]:
    """Films of so many mebibytes each, no block of them twice, in a store in `folder`.

    The folder needs room for them twice: while they are loaded, and again for one package.
    """
    with session_servers() as servers, running_stack(servers, STORE_URL=str(folder / "store")) as stack:
        campus = Campus(stack)
        source = write_folder(folder / "course", {"course": {"id": 1, "name": "Media"}})
        (source / "files").mkdir()
        for number, size in enumerate(sizes):
            with (source / "files" / f"{number:04}.mp4").open("wb") as film:
                film.writelines(os.urandom(MIB) for _ in range(size))
        course_id = campus.load(source)
        shutil.rmtree(source)
        yield MediaCourse(campus, campus.client(1, "--site-admin"), course_id, folder / "store")
