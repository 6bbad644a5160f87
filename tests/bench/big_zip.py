"""One large zip export through the whole system, packed and downloaded: `BIG_ZIP_GB=10 make bench ARGS=big_zip`.

What it costs in memory, whether anything is staged on the way, and how fast it is beside `cat` of the same files into
one, forced to the disk like the package. `cat` runs before and after, since the disk is not the same all the time.
Without `BIG_ZIP_GB` the course has 2 GB. A folder with room for more than twice as much is needed; memory serves for
the small one, the temporary folder for others.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from tests.bench.media_course import MediaCourse, media_course
from tests.bench.packaging import ROOM, roomy
from tests.bench.table import MIB, Line

GB = 1_000_000_000
PATIENCE_S = 3600.0
_FILM = 512  # mebibytes
_PICTURE = 3
_IN_PICTURES = 0.1  # of all bytes: small files take another way through the packer than large ones


def run(base: Path | None = None) -> list[Line]:
    """Memory, bytes written and throughput of one export and one download of it."""
    size = int(float(os.environ.get("BIG_ZIP_GB", "2")) * GB)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=base or _place(size)) as name:
        folder = Path(name)
        with media_course(folder, sizes(size)) as world:
            return measured(world, folder)


def sizes(size: int) -> list[int]:
    """Mebibytes of files that together have about `size` bytes: pictures, then films."""
    pictures = [_PICTURE] * (int(size * _IN_PICTURES) // (_PICTURE * MIB))
    whole, rest = divmod((size - sum(pictures) * MIB) // MIB, _FILM)
    return [*pictures, *[_FILM] * whole, *([rest] if rest else [])]


def measured(world: MediaCourse, folder: Path) -> list[Line]:
    """The figures of a course that is loaded."""
    stack, size = world.campus.stack, sum(path.stat().st_size for path in world.files())
    cats = [_cat(world, folder / "cat")]
    before, worked = _written(stack.pid("zip")), _cpu_s(stack.pid("zip"))
    started, since = time.perf_counter(), time.time()
    export = world.admin.finished(world.admin.create(world.course_id, "zip"), PATIENCE_S)
    exporting = time.perf_counter() - started
    assert export["workflow_state"] == "exported", export
    package, (lies,) = export["attachment"], world.packages()
    packing = lies.stat().st_mtime - since
    staged = (_written(stack.pid("zip")) - before) / package["size"]
    worked = (_cpu_s(stack.pid("zip")) - worked) / (package["size"] / GB)
    peaks = {"zip worker": stack.peak_rss("zip")}
    downloading = _download(package)
    peaks["gateway"] = stack.peak_rss("gateway")
    shutil.rmtree(world.store / "packages")  # the room is needed
    cats.append(_cat(world, folder / "cat"))
    cat = statistics.mean(cats)
    media = f"{package['size'] / GB:.1f} GB of media"
    return [
        Line("cat of the same files, forced to the disk", size / 1e6 / cat, "MB/s"),
        Line(f"zip export of {media}, from the request to its last byte", *_beside(size, packing, cat), ">= 0.7"),
        Line("the same until it has been read back and is `exported`", *_beside(size, exporting, cat)),
        Line("processor time of the worker for a GB, packed and read back", worked, "s"),
        Line("its download, SHA-256 compared", package["size"] / 1e6 / downloading, "MB/s"),
        *(Line(f"peak memory of the {who}", rss / MIB, "MiB", "", None, "< 150 MiB") for who, rss in peaks.items()),
        Line("bytes that the worker wrote for a byte of the package", staged, "", "", None, "1: nothing is staged"),
    ]


def _place(size: int) -> Path:
    place = roomy() if 3 * size <= ROOM else Path(tempfile.gettempdir())
    free = shutil.disk_usage(place).free
    if free < 2.2 * size:
        raise SystemExit(f"{place} has {free / GB:.0f} GB of room; {2.2 * size / GB:.0f} GB are needed.")
    return place


def _beside(size: int, seconds: float, cat: float) -> tuple[float, str, str, float]:
    return size / 1e6 / seconds, "MB/s", "cat", cat / seconds


def _cat(world: MediaCourse, target: Path) -> float:
    started = time.perf_counter()
    with target.open("wb") as out:
        subprocess.run(["cat", *world.files()], stdout=out, check=True)
        os.fsync(out.fileno())
    taken = time.perf_counter() - started
    target.unlink()
    return taken


def _download(package: dict[str, Any]) -> float:
    """Seconds; fails unless the bytes are those that the export says."""
    started, digest = time.perf_counter(), hashlib.sha256()
    command = ["curl", "--silent", "--show-error", "--fail", package["url"]]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as curl:
        assert curl.stdout is not None
        while chunk := curl.stdout.read(MIB):
            digest.update(chunk)
    assert (curl.returncode, digest.hexdigest()) == (0, package["sha256"])
    return time.perf_counter() - started


def _cpu_s(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def _written(pid: int) -> int:
    """Bytes that a process has written so far, to files, sockets and all else."""
    lines = Path(f"/proc/{pid}/io").read_text().splitlines()
    return next(int(line.partition(":")[2]) for line in lines if line.startswith("wchar:"))
