"""What each worker adds to the shared job: the function that builds packages of its export type."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from shared.domain.export import Context, ExportType
from shared.domain.kinds import Kind
from shared.domain.rights import Rights
from shared.formats.entry import Entry
from shared.formats.packing import Packing


@dataclass(frozen=True, slots=True)
class PackageContents:
    """The name and the entries of a package; entries are produced lazily, while the package is written."""

    filename: str
    content_type: str
    entries: Iterator[Entry]
    has_manifest: bool = False  # an imsmanifest.xml that lists every member


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
