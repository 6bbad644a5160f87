"""What a worker brings to the shared job: how its kind of package is named and what is in it."""

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
class Plan:
    """A package before its first byte. The entries are made while they are written."""

    filename: str
    content_type: str
    entries: Iterator[Entry]
    has_manifest: bool = False  # that lists every member


@dataclass(frozen=True, slots=True)
class Occasion:
    """For whom a package is built, of what, and when."""

    context: Context
    rights: Rights  # of whoever asked for the export
    now: datetime  # aware


Build = Callable[[Packing, Occasion], Plan]


@dataclass(frozen=True, slots=True)
class Recipe:
    """An export type: its build, and the kinds whose objects and bytes make up the work."""

    export_type: ExportType
    build: Build
    kinds: frozenset[Kind] | None = None  # None: all of them
