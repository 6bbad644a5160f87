"""The documents of `course_settings/` and the resource that lists them, by which Canvas knows a package as its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from shared.domain.errors import ExportError
from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.canvas import external_viewers, files_meta, media_tracks
from shared.formats.canvas.settings_document import FOLDER, course_of
from shared.formats.cartridge.settings import (
    assignment_groups,
    blueprint,
    context,
    course_paces,
    course_settings,
    events,
    external_feeds,
    grading_standards,
    late_policy,
    learning_outcomes,
    lti_context_controls,
    module_meta,
    nav_menu_links,
    rubrics,
)
from shared.formats.entry import Entry
from shared.formats.importing import Importing
from shared.formats.imscp.package_source import MARKER, PackageSource
from shared.formats.imscp.resource import LEARNING_APPLICATION, Resource, Resources
from shared.formats.packing import Packing

MARKER_TEXT = "This package was made for Canvas: the settings of its course lie in this folder.\n"
MARKER_SIZE = 4096  # bytes; a longer text is not worth keeping
FILES_META = "files_meta.xml"
MEDIA_TRACKS = "media_tracks.xml"
BLUEPRINT = "blueprint.xml"

Document = Callable[[Packing], bytes | None]

# In the order in which the resource lists them. Those without a writer here are always there, and are written with
# the files, once it is known which go in.
DOCUMENTS: tuple[tuple[str, Document | None], ...] = (
    ("course_settings.xml", course_settings.document),
    ("module_meta.xml", module_meta.document),
    ("course_paces.xml", course_paces.document),
    ("external_feeds.xml", external_feeds.document),
    ("assignment_groups.xml", assignment_groups.document),
    ("grading_standards.xml", grading_standards.document),
    ("rubrics.xml", rubrics.document),
    ("learning_outcomes.xml", learning_outcomes.document),
    (FILES_META, None),
    ("events.xml", events.document),
    ("lti_context_controls.xml", lti_context_controls.document),
    ("late_policy.xml", late_policy.document),
    ("context.xml", context.document),
    (MEDIA_TRACKS, None),
    ("nav_menu_links.xml", nav_menu_links.document),
    (external_viewers.NAME, external_viewers.document),
)


def write(packing: Packing, resources: Resources) -> Iterator[Entry]:
    """The documents that are due, the marker, and their resource. Source: Canvas, its order."""
    written = []
    for name, document in DOCUMENTS:
        body = document and _made(packing, name, document)
        if body is not None:
            yield Entry(f"{FOLDER}{name}", body)
        if body is not None or document is None:
            written.append(f"{FOLDER}{name}")
    course = packing.course.course
    yield Entry(MARKER, (course.canvas_export or MARKER_TEXT).encode())
    identifier = packing.key(Kind.COURSES, course.id)
    resources.add(Resource(identifier, LEARNING_APPLICATION, href=MARKER, files=(*written, MARKER)))


def _made(packing: Packing, name: str, document: Document) -> bytes | None:
    """A document; None, with a warning, where it cannot be made: the package is worth having without it."""
    try:
        return document(packing)
    except ExportError:
        raise
    except Exception as error:  # noqa: BLE001  (content of any shape must not end the export of everything else)
        reason = f"{FOLDER}{name} could not be written: {type(error).__name__}: {error}"
        packing.report.warn(WarningCode.DOCUMENT_NOT_WRITTEN, reason, place=f"{FOLDER}{name}")
        return None


def write_late(packing: Packing) -> Iterator[Entry]:
    """The documents on files, after the files: empty ones where they cannot be made and are listed all the same."""
    yield Entry(f"{FOLDER}{FILES_META}", _made(packing, FILES_META, files_meta.document) or _empty("fileMeta"))
    yield Entry(
        f"{FOLDER}{MEDIA_TRACKS}", _made(packing, MEDIA_TRACKS, media_tracks.document) or _empty("media_tracks")
    )


def write_unlisted(packing: Packing) -> Iterator[Entry]:
    """The blueprint's restrictions, which Canvas finds by their path: no resource lists them."""
    body = _made(packing, BLUEPRINT, blueprint.document)
    if body is not None:
        yield Entry(f"{FOLDER}{BLUEPRINT}", body)


def _empty(tag: str) -> bytes:
    return xml.serialize(xml.root(tag))


def read_marker(source: PackageSource, importing: Importing) -> None:
    """Keep what the package calls the course, and the text of the marker."""
    course = importing.course_id
    for resource in source.manifest.resources.values():
        if resource.href == MARKER:
            importing.remember(Kind.COURSES, course, "", resource.identifier)
        elif resource.identifier.endswith("_syllabus") and (Kind.COURSES, course, "") not in importing.identifiers:
            importing.remember(Kind.COURSES, course, "", resource.identifier.removesuffix("_syllabus"))
    if MARKER in source.package:
        source.used.add(MARKER)
        if source.package.size(MARKER) <= MARKER_SIZE:
            course_of(importing).canvas_export = source.package.read(MARKER).decode("utf-8", "replace")
