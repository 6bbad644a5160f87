"""A zip of a folder of REST objects, unpacked under the rules and limits of every package."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from shared.adapters.object_store import CHUNK
from shared.adapters.translate import full_disk_translated
from shared.domain.errors import UnreadablePackage
from shared.formats.folder.documents import COURSE, FILES
from shared.formats.imscp.package_reader import MANIFEST, PackageReader
from shared.formats.limits import Limits


@contextmanager
def opened_folder(path: Path, limits: Limits, *, is_course: bool) -> Iterator[Path | None]:
    """The folder that the zip holds, until the end of the block; None if the file is a package or anything else.

    Raises HostilePackage, which names the member, as for a package; UnreadablePackage for members that no folder can hold.
    """
    if not _is_folder(_names_in(path, limits), is_course=is_course):
        yield None
        return
    root = COURSE if is_course else ""
    with PackageReader.open(path, limits, root) as package, TemporaryDirectory(prefix="folder-") as folder:
        _unpack(package, Path(folder))
        yield Path(folder)


def _names_in(path: Path, limits: Limits) -> Iterable[str]:
    """The safe paths of all members; none if the file is no zip: the reader of packages refuses it."""
    if not zipfile.is_zipfile(path):
        return ()
    with PackageReader.open(path, limits, root="") as package:
        return package.names


def _is_folder(names: Iterable[str], *, is_course: bool) -> bool:
    """Whether these are the members of a folder. That of a course has a course.json, others have documents or files, or are empty."""
    basenames = {name.rsplit("/", 1)[-1] for name in names}
    if MANIFEST in basenames:
        return False
    if is_course:
        return COURSE in basenames
    return not basenames or any(name.startswith(FILES) or name.endswith(".json") for name in names)


def _unpack(package: PackageReader, folder: Path) -> None:
    for name in package.folders:
        with _disk_errors_translated(name):
            (folder / name).mkdir(parents=True, exist_ok=True)
    for name in package.names:
        with _disk_errors_translated(name), package.open_member(name) as member:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            with (folder / name).open("xb") as file:
                shutil.copyfileobj(member, file, CHUNK)


@contextmanager
def _disk_errors_translated(name: str) -> Iterator[None]:
    """Translate what the disk refuses: a file in the place of a folder, a name that is too long, no space."""
    try:
        with full_disk_translated():
            yield
    except OSError as error:
        raise UnreadablePackage(f"{name} cannot be unpacked: {error.strerror}", item=name) from error
