"""The command `load` over HTTP: the upload of a package, or of a folder as a zip, and the job that loads it."""

from __future__ import annotations

import shutil
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO
from urllib.parse import urlencode

from services.cli.api import Api, Json
from services.cli.errors import CommandError
from services.cli.operator.administration import PackageToLoad, Report
from shared.domain.errors import ExportError, UnreadablePackage
from shared.domain.export import ContextType
from shared.formats.folder.documents import course_object
from shared.formats.folder.folder_members import members_of
from shared.formats.limits import Limits

_LOADS = "/api/v1/admin/loads"
_LOOK_S = 0.5  # between two looks at the job
_CHUNK = 256 * 1024
_UNFINISHED = ("queued", "running")
_TIME = (1980, 1, 1, 0, 0, 0)  # of the members of a zip, which no reader looks at


def load_over_http(api: Api, package: PackageToLoad, report: Report) -> dict[str, Any]:
    """Upload, and wait for the end of the job. Returns what the job has loaded; raises CommandError."""
    name = package.path.resolve().name[:255]
    query: dict[str, Any] = {"filename": name, "create": str(package.create).lower()}
    if package.into is not None:
        query[f"{package.into.type.lower()}_id"] = package.into.id
    is_course = package.into is None or package.into.type is ContextType.COURSE
    with _opened(package.path, is_course=is_course) as (file, size):
        load = api.upload(f"{_LOADS}?{urlencode(query)}", _reported(file, size, report), size)
    return _ended(api, load, report)


def _ended(api: Api, load: Json, report: Report) -> dict[str, Any]:
    progress = f"/api/v1/progress/{load['progress_url'].rsplit('/', 1)[-1]}"
    while (shown := api.get(progress))["workflow_state"] in _UNFINISHED:
        report("load, in percent", int(shown["completion"]), 100)
        time.sleep(_LOOK_S)
    ended = api.get(f"{_LOADS}/{load['id']}")
    if ended["error"] is not None:
        raise CommandError(ended["error"]["message"], code=ended["error"]["code"])
    report("load, in percent", 100, 100)
    result: dict[str, Any] = ended["result"]
    return result


def _reported(file: BinaryIO, size: int, report: Report) -> Iterator[bytes]:
    sent = 0
    while chunk := file.read(_CHUNK):
        yield chunk
        sent += len(chunk)
        report("upload", sent, size)


@contextmanager
def _opened(path: Path, *, is_course: bool) -> Iterator[tuple[BinaryIO, int]]:
    """The package and its size; a folder as a zip. Raises CommandError for anything else."""
    try:
        with zipped(path, is_course=is_course) if path.is_dir() else _package(path) as file:
            size = file.seek(0, 2)
            file.seek(0)
            yield file, size
    except ExportError as error:
        raise CommandError(str(error), code=error.code) from error


def _package(path: Path) -> BinaryIO:
    if not path.is_file():
        raise UnreadablePackage(f"{path} is neither a package nor a folder.", item=str(path))
    return path.open("rb")


def zipped(folder: Path, *, is_course: bool) -> BinaryIO:
    """The folder as a zip in a temporary file, with its empty folders.

    Raises HostilePackage for a link in it, and UnreadablePackage where a course has no course.json.

    Its limits are the server's to check; those here are as wide as they can be.
    """
    members = members_of(folder, Limits())
    if is_course:
        course_object(members)
    zipped = TemporaryFile()  # noqa: SIM115  (the caller closes it)
    with zipfile.ZipFile(
        zipped, "w", zipfile.ZIP_STORED
    ) as archive:  # packed, a large even file would look like a bomb
        for name in members.folders:
            archive.writestr(zipfile.ZipInfo(f"{name}/", _TIME), b"")
        for name in members.files:
            entry = zipfile.ZipInfo(name, _TIME)
            with (folder / name).open("rb") as source, archive.open(entry, "w", force_zip64=True) as target:
                shutil.copyfileobj(source, target, _CHUNK)
    return zipped
