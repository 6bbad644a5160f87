"""Packages and folders: any bytes of a zip, any members, any document of a good package, any quiz."""

from __future__ import annotations

import io
import itertools
import re
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from lxml import etree

from shared.adapters.object_store import ObjectStore
from shared.domain.content.course import Course
from shared.domain.errors import HostilePackage, InvalidContent, UnreadablePackage
from shared.domain.export import Context, ContextType
from shared.formats.importing import Importing
from shared.formats.imscp.package_reader import MANIFEST
from shared.formats.imscp.package_source import MARKER, SETTINGS
from shared.formats.limits import Limits
from shared.formats.xml_reading.parse import parse
from shared.intake.load import Loader, _without_nul
from shared.intake.roots import name_root
from tests.fuzz import inputs
from tests.fuzz.memory_store import MemoryStore
from tests.support import roundtrip

SEEDS = Path(__file__).parents[1] / "data" / "fuzz"
_CONTEXT = Context(ContextType.COURSE, roundtrip.COURSE_ID)
# As many nodes and bytes as an input can be without compression: a zip of 64 KiB may hold a thousand times as much.
_LIMITS = Limits(entries=2000, total_bytes=2**20, document_bytes=2**18, document_nodes=50_000)
_FORMS = (("common_cartridge", "1.1"), ("common_cartridge", "1.3"), ("qti", "1.2"), ("qti", "2.1"))
_SAFE = re.compile(r"(?!.*(?:^|/)\.{0,2}(?:/|$))[^\0]{1,100}")
_QUIZ_TYPES = {True: "imsqti_xmlv1p2", False: "imsqti_item_xmlv2p1"}


def zip_bytes(data: bytes) -> None:
    """Any bytes are a package or refused as unreadable or hostile."""
    _check_package(data)


def members(data: bytes) -> None:
    """Any members are a package or refused, whatever they are called and hold."""
    _check_package(_zipped(inputs.members(data)))


def document(data: bytes) -> None:
    """A Canvas cartridge in which one document (its path is the first line) is anything is taken in or refused."""
    name, content = inputs.lines(data, 2)
    whole = canvas_members()
    path = name.decode("utf-8", "replace")
    if path not in whole:
        path = sorted(whole)[zlib.crc32(name) % len(whole)]
    _check_package(_zipped({**_around(path), path: content}))


def quiz(data: bytes) -> None:
    """Any document of QTI 1.2 or 2.x in a package of its own is taken in or refused."""
    kind = _QUIZ_TYPES[b"questestinterop" in data]
    manifest = (
        f'<manifest identifier="m"><resources><resource identifier="q" type="{kind}" href="q.xml">'
        '<file href="q.xml"/></resource></resources></manifest>'
    )
    _check_package(_zipped({MANIFEST: manifest.encode(), "q.xml": data}))


def rest_folder(data: bytes) -> None:
    """A folder of any documents is a course or what a group or user has, or refused as no course, unreadable or hostile."""
    with tempfile.TemporaryDirectory() as folder:
        for path, content in inputs.members(data).items():
            _put(Path(folder), path, content)
        for is_course in (True, False):
            _check_source(Path(folder), data, is_course=is_course)


@cache
def canvas_members() -> dict[str, bytes]:
    """A Canvas cartridge with a document of each kind."""
    return inputs.members((SEEDS / "members" / "canvas.txt").read_bytes())


@cache
def _around(path: str) -> dict[str, bytes]:
    """What is read together with a document: the manifest with its resource and those that depend on it, and theirs.

    The settings of the course are left out, but for the document that makes it one of Canvas.
    """
    whole = canvas_members()
    manifest = etree.fromstring(whole[MANIFEST])
    resources = {each.get("identifier"): each for each in manifest.iter("{*}resource")}
    own = {name for name, each in resources.items() if path in _hrefs(each, "file", "href")}
    kept = own | {name for name, each in resources.items() if own & set(_hrefs(each, "dependency", "identifierref"))}
    for name, each in resources.items():
        if path != MANIFEST and name not in kept and each.get("href") != MARKER:
            each.getparent().remove(each)
    listed = {MARKER, *(href for name in kept for href in _hrefs(resources[name], "file", "href"))}
    shown = {name: body for name, body in whole.items() if name in listed and not name.startswith(SETTINGS)}
    return {**shown, MARKER: whole[MARKER], MANIFEST: etree.tostring(manifest)}


def _hrefs(resource: Any, child: str, attribute: str) -> list[str]:
    return [each.get(attribute, "") for each in resource.iterfind(f"{{*}}{child}")]


def _check_package(data: bytes) -> None:
    with tempfile.NamedTemporaryFile(suffix=".imscc") as file:
        file.write(data)
        file.flush()
        _check_source(Path(file.name), data)


def _check_source(path: Path, data: bytes, *, is_course: bool = True) -> None:
    """Load, store and export again. Raises what no package may raise."""
    importing = Importing(course_id=roundtrip.COURSE_ID, next_id=itertools.count(1).__next__)
    store: ObjectStore = MemoryStore()
    try:
        Loader(pool=None, store=store, limits=_LIMITS)._read(path, importing, is_course)  # type: ignore[arg-type]
    except (HostilePackage, UnreadablePackage, InvalidContent):
        return
    importing.course = importing.course or Course(id=roundtrip.COURSE_ID)
    name_root(importing, _CONTEXT)
    _check_stored(importing)
    loaded = roundtrip.kept(importing, lambda _name: b"")
    export_type, version = _FORMS[zlib.crc32(data) % len(_FORMS)]
    for entry in roundtrip.members(roundtrip.packing(loaded, version, export_type=export_type)):
        if isinstance(entry.body, bytes) and entry.path.endswith((".xml", ".qti")):
            parsed = parse(entry.body)
            faults = parsed.sure + parsed.guessed
            assert (parsed.whole, not faults) == (True, True), (
                f"{entry.path} of the export is not well-formed: {faults}"
            )


def _check_stored(importing: Importing) -> None:
    for kind, items in importing.objects.items():
        items[:] = [_without_nul(item, importing, kind.value) for item in items]
    importing.course = _without_nul(importing.course, importing, "course")
    warnings = msgspec.json.encode(importing.warnings)
    assert len(warnings) < 64 * 2**20


def _zipped(content: Mapping[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, body in content.items():
            archive.writestr(zipfile.ZipInfo(name or "_"), body)
    return held.getvalue()


def _put(folder: Path, path: str, content: bytes) -> None:
    """Write a file, where its path can be one."""
    target: Any = folder / path
    if not _SAFE.fullmatch(path):
        return
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    except OSError:  # a file is where a folder would have to be
        return
