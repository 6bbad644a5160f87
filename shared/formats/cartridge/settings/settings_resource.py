"""The resource that lists the documents of `course_settings/`, and the order in which they are written."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from shared.domain.errors import ExportError
from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.canvas import external_viewers, files_meta, media_tracks
from shared.formats.canvas.settings_document import FOLDER
from shared.formats.cartridge.settings import (
    assignment_groups,
    blueprint,
    canvas_export,
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
from shared.formats.imscp.package_source import MARKER
from shared.formats.imscp.resource import LEARNING_APPLICATION, Resource, Resources
from shared.formats.packing import Packing

FILES_META = "files_meta.xml"
MEDIA_TRACKS = "media_tracks.xml"

Document = Callable[[Packing], bytes | None]

# In the order in which Canvas's resource lists them (its lib/cc/canvas_resource.rb). Those without a writer here are in
# every package: the resource lists them now, and they are written after the files, once it is known which are packed.
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
    """The documents that the course has, the marker, and the resource that lists them all."""
    written = []
    for name, document in DOCUMENTS:
        body = document and _document(packing, name, document)
        if body is not None:
            yield Entry(f"{FOLDER}{name}", body)
        if body is not None or document is None:
            written.append(f"{FOLDER}{name}")
    yield Entry(MARKER, canvas_export.document(packing))
    identifier = packing.key(Kind.COURSES, packing.course.course.id)
    resources.add(Resource(identifier, LEARNING_APPLICATION, href=MARKER, files=(*written, MARKER)))


def _document(packing: Packing, name: str, document: Document) -> bytes | None:
    """A document; None, with a warning, if it cannot be built: the rest of the package is of use without it."""
    try:
        return document(packing)
    except ExportError:
        raise
    except Exception as error:  # noqa: BLE001  (content of any shape must not end the export of everything else)
        reason = f"{FOLDER}{name} could not be written: {type(error).__name__}: {error}"
        packing.report.warn(WarningCode.DOCUMENT_NOT_WRITTEN, reason, place=f"{FOLDER}{name}")
        return None


def write_late(packing: Packing) -> Iterator[Entry]:
    """The documents about files, after the files."""
    # The manifest lists both in any case, so a document that cannot be built is written empty rather than left out.
    yield Entry(f"{FOLDER}{FILES_META}", _document(packing, FILES_META, files_meta.document) or _empty("fileMeta"))
    yield Entry(
        f"{FOLDER}{MEDIA_TRACKS}", _document(packing, MEDIA_TRACKS, media_tracks.document) or _empty("media_tracks")
    )


def write_unlisted(packing: Packing) -> Iterator[Entry]:
    """The restrictions of a blueprint."""
    # Canvas opens blueprint.xml by its path and lists it in no resource (its lib/cc/blueprint_settings.rb).
    body = _document(packing, blueprint.NAME, blueprint.document)
    if body is not None:
        yield Entry(f"{FOLDER}{blueprint.NAME}", body)


def _empty(tag: str) -> bytes:
    return xml.serialize(xml.root(tag))
