"""A package through the content model and out again, without a database: read it, export it, zip it.

    python -m tests.support.roundtrip SRC OUT [--type common_cartridge|qti] [--cc-version 1.1] [--select pages=1,2]
                                              [--qti-version 1.2|2.1|3.0] [--target canvas|generic] [--include-banks]

The objects pass through JSON as the database keeps it (the order of keys is lost), and the zip is the standard
library's, so that neither our own storage nor our own zip writer is needed to judge a format.
"""

from __future__ import annotations

import argparse
import atexit
import itertools
import json
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from shared.domain.content.course import Course
from shared.domain.content.registry import from_json
from shared.domain.kinds import Kind
from shared.domain.packages.package_options import Target
from shared.domain.report import Report
from shared.domain.selection import Selection, read_select
from shared.domain.stored_file import StoredFile
from shared.formats.cartridge import package as cartridge
from shared.formats.cartridge.read import read
from shared.formats.folder.read import read as read_folder
from shared.formats.html.package_links import PackageLinks
from shared.formats.identifiers import Keys
from shared.formats.importing import Importing
from shared.formats.imscp.package_reader import PackageReader
from shared.formats.packing import PackageRequest, Packing
from tests.support.memory_course import MemoryCourse, stored
from tests.support.shared import CORPORA

COURSE_ID = 4711
DAY = date(2026, 1, 31)
SITE = "https://canvas.example.edu"  # of the exports too: the default of `PackageRequest`


@dataclass
class Loaded:
    """A package that was read: the objects, what was warned of, and the bytes of its files by sha256."""

    importing: Importing
    course: MemoryCourse
    blobs: dict[str, bytes] = field(default_factory=dict)


def load(path: str | Path) -> Loaded:
    """Read a package, or a folder of REST JSON, as the loader does, the object store being a dict.

    Packages that no test changes are read once for all tests, which only look at what was read, as exports do.
    """
    unchanged = any(folder in Path(path).parents for folder in (CORPORA, _exports()))
    return _read_once(Path(path)) if unchanged else _read(path)


def exported(path: Path, version: str, export_type: str = "common_cartridge") -> tuple[Path, Report]:
    """The export of a package that no test changes, and its report: made once for all tests, which only look at it."""
    return _exported(path, version, export_type)


@cache
def _exports() -> Path:
    kept = tempfile.TemporaryDirectory(prefix="exported-")
    atexit.register(kept.cleanup)
    return Path(kept.name)


@cache
def _exported(path: Path, version: str, export_type: str) -> tuple[Path, Report]:
    out = _exports() / f"{_exported.cache_info().misses}-{path.name}"
    return out, export(load(path), out, version, export_type=export_type)


@cache
def _read_once(path: Path) -> Loaded:
    return _read(path)


def _read(path: str | Path) -> Loaded:
    importing = Importing(course_id=COURSE_ID, next_id=itertools.count(1).__next__, site=SITE)
    if Path(path).is_dir():
        return kept(read_folder(Path(path), importing), lambda name: (Path(path) / name).read_bytes())
    with PackageReader.open(path) as package:
        return kept(read(package, importing), package.read)


def kept(importing: Importing, body: Callable[[str], bytes]) -> Loaded:
    """What was read, as the tables and the store keep it."""
    blobs: dict[str, bytes] = {}
    files = importing.objects.get(Kind.FILES, [])
    for number, file in enumerate(files):
        if file.id in importing.files:
            data = body(importing.files[file.id].name)
            fields = stored(data)
            files[number] = replace(file, **fields)
            blobs[fields["sha256"]] = data
    assert importing.course is not None
    objects = {
        kind: [from_json(kind, as_stored(o.to_json())) for o in all_] for kind, all_ in importing.objects.items()
    }
    course = Course.from_json(as_stored(importing.course.to_json()))
    return Loaded(importing, MemoryCourse(course, objects, dict(importing.identifiers)), blobs)


def as_stored(data: dict[str, Any]) -> dict[str, Any]:
    """JSON as `jsonb` gives it back: keys by length and then by bytes."""

    def ordered(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: ordered(value[k]) for k in sorted(value, key=lambda k: (len(k.encode()), k.encode()))}
        return [ordered(item) for item in value] if isinstance(value, list) else value

    return ordered(json.loads(json.dumps(data)))


def packing(
    loaded: Loaded, version: str = "1.1", select: Any = None, export_type: str = "common_cartridge", **form: Any
) -> Packing:
    """A packing of everything, or of a selection; `form` is the target of quizzes, and whether banks come along."""
    request = PackageRequest(export_id=1, export_type=export_type, date=DAY, version=version, **form)
    selection: Selection = read_select(select)
    keys, report = Keys(loaded.course.identifiers()), Report()
    links = PackageLinks(loaded.course, keys, selection, request.host, report)
    return Packing(loaded.course, request, selection, keys, links, report)


def export(
    loaded: Loaded,
    out: str | Path,
    version: str = "1.1",
    select: Any = None,
    export_type: str = "common_cartridge",
    **form: Any,
) -> Report:
    """Write the package with the standard library's zip; the report of the export."""
    work = packing(loaded, version, select, export_type, **form)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in members(work):
            body = loaded.blobs[entry.body.sha256] if isinstance(entry.body, StoredFile) else entry.body
            archive.writestr(zipfile.ZipInfo(entry.path), body)
    return work.report


def members(work: Packing) -> Any:
    """The entries of the export type."""
    if work.request.export_type == "qti":
        from shared.formats.quizzes import package as qti

        return qti.entries(work)
    return cartridge.entries(work)


def version_of(path: str | Path) -> str:
    """The version of the Common Cartridge that a package is: 1.3 or 1.1."""
    with zipfile.ZipFile(path) as archive:
        name = min((n for n in archive.namelist() if n.endswith("imsmanifest.xml")), key=len)
        return "1.3" if b"<schemaversion>1.3" in archive.read(name) else "1.1"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Read a package and export it again.")
    parser.add_argument("source")
    parser.add_argument("out")
    parser.add_argument("--type", default="common_cartridge", choices=["common_cartridge", "qti"])
    parser.add_argument("--cc-version", help="1.1 or 1.3; that of the source if left out")
    parser.add_argument("--qti-version", default="1.2", choices=["1.2", "2.1", "3.0"])
    parser.add_argument("--target", default=Target.CANVAS, choices=list(Target), type=Target)
    parser.add_argument("--include-banks", action="store_true")
    parser.add_argument("--select", action="append", default=[], help="kind=id,id")
    options = parser.parse_args(arguments)
    chosen = dict(option.split("=", 1) for option in options.select)
    select = {kind: ids.split(",") for kind, ids in chosen.items()} or None
    loaded = load(options.source)
    version = options.cc_version or ("1.1" if Path(options.source).is_dir() else version_of(options.source))
    version = options.qti_version if options.type == "qti" else version
    form = {"target": options.target, "include_banks": options.include_banks}
    report = export(loaded, options.out, version, select, options.type, **form)
    for warning in loaded.importing.warnings:
        print(f"read   {warning.code:24} {warning.place}: {warning.message}", file=sys.stderr)
    for warning in report.warnings:
        print(
            f"export {warning.code:24} {warning.kind} {warning.item_id} {warning.place}: {warning.message}",
            file=sys.stderr,
        )
    counts = {str(kind): len(objects) for kind, objects in loaded.importing.objects.items() if objects}
    print(json.dumps({"objects": counts, "packed": dict(report.packed), "skipped": dict(report.skipped)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
