"""Reads a package, a folder, or a zip of a folder, whichever a path is; the bytes of its files go where the caller says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from shared.adapters.object_store import CHUNK
from shared.domain.errors import UnreadablePackage
from shared.domain.warning_codes import WarningCode
from shared.formats.cartridge import read as cartridge
from shared.formats.folder import read as folder
from shared.formats.importing import Importing
from shared.formats.imscp.package_reader import PackageReader
from shared.formats.limits import Limits
from shared.intake.zipped_folder import opened_folder

StoreFiles = Callable[
    [Callable[[str], Iterator[bytes]]], None
]  # receives the bytes of a member, in chunks, by its name


def read_into(
    importing: Importing, path: Path, limits: Limits, store_files: StoreFiles, *, is_course: bool = True
) -> None:
    """Read everything at a path. Raises UnreadablePackage and HostilePackage before `store_files` is called."""
    if path.is_dir():
        _read_folder(importing, path, limits, store_files, is_course=is_course)
        return
    if not path.is_file():
        raise UnreadablePackage(f"{path} is neither a package nor a folder.", item=str(path))
    with opened_folder(path, limits, is_course=is_course) as unzipped:
        if unzipped is not None:
            _read_folder(importing, unzipped, limits, store_files, is_course=is_course)
            return
    with PackageReader.open(path, limits) as package:
        cartridge.read(package, importing)
        _check_files(package, importing)
        store_files(lambda name: _member_chunks(package, name))


def _read_folder(importing: Importing, path: Path, limits: Limits, store_files: StoreFiles, *, is_course: bool) -> None:
    importing.package = "folder of REST objects"
    folder.read(path, importing, limits, is_course=is_course)
    store_files(lambda name: _file_chunks(path / name))


def _check_files(package: PackageReader, importing: Importing) -> None:
    """Check every file before the first is stored. A damaged one is left out with a warning.

    Raises HostilePackage for a file whose size or compression is not what the archive states.
    """
    for file_id, member in list(importing.files.items()):
        try:
            package.check(member.name)
        except UnreadablePackage as error:
            warn_unreadable(importing, member.name, error)
            del importing.files[file_id]


def warn_unreadable(importing: Importing, member: str, error: UnreadablePackage) -> None:
    """Warn of a file whose bytes cannot be read."""
    importing.warn(WarningCode.FILE_UNREADABLE, member, f"The bytes of this file were not taken in: {error}")


def _member_chunks(package: PackageReader, name: str) -> Iterator[bytes]:
    with package.open_member(name) as member:
        while chunk := member.read(CHUNK):
            yield chunk


def _file_chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
