"""What a worker brings to the shared job: how its kind of package is named and what is in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from shared.domain.export import ExportType
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


@dataclass(frozen=True, slots=True)
class Recipe:
    """An export type: its build, and the kinds whose objects and bytes make up the work."""

    export_type: ExportType
    build: Callable[[Packing, Rights], Plan]  # the rights are those of whoever asked for the export
    kinds: frozenset[Kind] | None = None  # None: all of them
