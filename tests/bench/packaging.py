"""How fast packages are written, beside the bare limits of the same run: `make bench ARGS=packaging`.

Media: files that do not shrink, from folder store to folder store, checked and hashed on the way and forced to the
disk at the end; beside `cat` of the same files into one, forced to the disk too. Text: 5,000 pages of 20 kB;
beside Python's zipfile at level 6. All read the same warm files, and each puts its output in the place of that of the
turn before. Variants take turns, so that what else runs on the machine hits them alike.
"""

from __future__ import annotations

import html
import os
import resource
import shutil
import statistics
import subprocess
import sysconfig
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from shared.adapters.blobs import store_blob
from shared.adapters.folder_store import FolderStore
from shared.adapters.object_store import blob_key, opener
from shared.formats.archive.zip_writer import ZipOptions, write_zip
from shared.formats.entry import Entry, StoredFile
from tests.bench.table import Line

MB = 1_000_000
BLOCK = 1024 * 1024
RUNS = 5
ROOM = 6 * 1024**3  # bytes that the media need twice, and the text
PACKAGE = "packages/1/1/p.zip"


@dataclass(frozen=True, slots=True)
class Bench:
    """Stored files and a way to pack them; the folder that holds it all is on one file system."""

    folder: Path
    store: FolderStore
    files: list[StoredFile]

    @property
    def input_bytes(self) -> int:
        return sum(file.size for file in self.files)

    def paths(self) -> list[Path]:
        return [path for file in self.files if (path := self.store.local_path(blob_key(file.sha256)))]

    def write(self, threads: int = 2) -> int:
        entries = (Entry(f"web_resources/{number}.bin", file) for number, file in enumerate(self.files))
        with self.store.create(PACKAGE) as writer:
            return write_zip(entries, opener(self.store), writer.write, None, ZipOptions(threads=threads)).size

    def cat(self) -> int:
        with (self.folder / "cat").open("wb") as out:
            subprocess.run(["cat", *self.paths()], stdout=out, check=True)
            os.fsync(out.fileno())
        return (self.folder / "cat").stat().st_size

    def zipfile(self) -> int:
        target = self.folder / "zipfile.zip"
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as package:
            for number, path in enumerate(self.paths()):
                package.write(path, f"web_resources/{number}.bin")
        with target.open("rb") as out:
            os.fsync(out.fileno())
        return target.stat().st_size


def media() -> Iterator[Iterator[bytes]]:
    """200 pictures of a megabyte and a film of 800."""
    for blocks in [1] * 200 + [800]:
        yield (os.urandom(BLOCK) for _ in range(blocks))


def pages() -> Iterator[Iterator[bytes]]:
    """5,000 pages of 20 kB of what people wrote: Python's own library, escaped into HTML, another piece for each page."""
    library = Path(sysconfig.get_path("stdlib"))
    text = "".join(html.escape(path.read_text(errors="replace")) for path in sorted(library.glob("*.py"))).encode()
    for number in range(5000):
        start = number * 1_000_003 % (len(text) - 20_000)
        yield iter([f"<html><title>Page {number}</title><pre>".encode() + text[start : start + 20_000]])


def measure(bench: Bench, limit: str, variants: dict[str, Callable[[], int]], aim: str) -> list[Line]:
    """Lines of the variants, medians of `RUNS` turns; the variant called `limit` is the measure of the others."""
    seconds: dict[str, list[float]] = {name: [] for name in variants}
    sizes: dict[str, int] = {}
    for turn in range(RUNS + 1):
        for name, run_once in variants.items():
            started = time.perf_counter()
            sizes[name] = run_once()
            if turn:  # the first turn warms the page cache
                seconds[name].append(time.perf_counter() - started)
    medians = {name: statistics.median(taken) for name, taken in seconds.items()}
    return [
        Line(
            f"{name}, output {sizes[name] / sizes[limit]:.3f} of the limit's",
            bench.input_bytes / MB / taken,
            "MB/s",
            limit,
            medians[limit] / taken,
            "" if name == limit else aim,
        )
        for name, taken in medians.items()
    ]


def prepared(folder: Path, files: Iterator[Iterator[bytes]], content_type: str) -> Bench:
    store = FolderStore(folder / "store")
    return Bench(folder, store, [store_blob(store, chunks, content_type) for chunks in files])


def run(base: Path | None = None) -> list[Line]:
    """Media and text. `base` is a folder with some gigabytes of room; memory is taken where there is plenty."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir=base or roomy()) as name:
        folder = Path(name)
        bench = prepared(folder / "media", media(), "video/mp4")
        variants = {"media: cat": bench.cat, "media: package": bench.write}
        lines = measure(bench, "media: cat", variants, ">= 0.7")
        shutil.rmtree(folder / "media")
        bench = prepared(folder / "text", pages(), "text/html")
        variants = {
            "text: zipfile level 6": bench.zipfile,
            "text: package, 1 thread": lambda: bench.write(1),
            "text: package, 2 threads": bench.write,
        }
        lines += measure(bench, "text: zipfile level 6", variants, ">= 4, output <= 1.07")
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MB
    return [*lines, Line("peak memory of this process, which packs and measures", rss, "MB")]


def roomy() -> Path:
    """A folder in memory, if there is one with room, so that no disk is measured; else the temporary folder."""
    memory = Path(os.sep, "dev", "shm")
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM:
        return memory
    return Path(tempfile.gettempdir())
