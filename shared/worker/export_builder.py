"""What each worker adds to the shared job: the function that builds packages of its export type."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from shared.domain.export import Context, ExportType
from shared.domain.kinds import Kind
from shared.domain.rights import Rights
from shared.domain.slugs import slug
from shared.formats.entry import Entry
from shared.formats.packing import Packing

_LONGEST_COURSE = 200  # bytes of the name of a package that are the course's


@dataclass(frozen=True, slots=True)
class PackageContents:
    """The name and the entries of a package; entries are produced lazily, while the package is written."""

    filename: str
    content_type: str
    entries: Iterator[Entry]
    has_manifest: bool = False  # an imsmanifest.xml that lists every member


def package_name(packing: Packing, ending: str) -> str:
    """The file name of a package: course, type, day of the export (UTC) and its id, so that no two exports share one.

    `ending` is the word for the type and the extension: "export.imscc" -> `biology-101-export-2026-01-31-17.imscc`.
    The plan of an export has no id yet.
    """
    course = slug(packing.course.course.name) or str(packing.course.course.id)
    # Cut in bytes, of which file systems take 255 in a name; a letter that is cut in two is dropped.
    course = course.encode()[:_LONGEST_COURSE].decode(errors="ignore").rstrip("-")
    stem, extension = posixpath.splitext(ending)
    number = f"-{packing.request.export_id}" if packing.request.export_id else ""
    return f"{course}-{stem}-{packing.request.date.isoformat()}{number}{extension}"


@dataclass(frozen=True, slots=True)
class BuildInputs:
    """What a build depends on besides the content: the context, the requester's rights, the time."""

    context: Context
    rights: Rights  # of the requester
    now: datetime  # aware


Build = Callable[[Packing, BuildInputs], PackageContents]


@dataclass(frozen=True, slots=True)
class ExportBuilder:
    """The build of an export type, and the kinds of content that it packs (progress is measured by them)."""

    export_type: ExportType
    build: Build
    kinds: frozenset[Kind] | None = None  # None: all kinds
    selectable: frozenset[Kind] | None = None  # the kinds that a `select` can name for it; None: all kinds
