"""Captions of media files: `course_settings/media_tracks.xml`, and a member of its own for each (Canvas, both modes)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from shared.domain.content.files import MediaTrack
from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.canvas.html_page import decode
from shared.formats.entry import Entry
from shared.formats.file_paths import FilePaths
from shared.formats.identifiers import hashed
from shared.formats.importing import Importing
from shared.formats.imscp.package_source import PackageSource
from shared.formats.imscp.resource import WEBCONTENT, Resource, Resources
from shared.formats.packing import Packing

# Canvas writes either this document with the captions in it, or members beside the media (its newer and older mode);
# both together serve importers of either kind.
PATH = "course_settings/media_tracks.xml"


def document(packing: Packing) -> bytes:
    """The captions of every packed media file, as text; an empty root where there are none, as Canvas writes it."""
    root = xml.root("media_tracks")
    for file_id, tracks in _packed(packing).items():
        media = xml.add(root, "media", identifierref=packing.key(Kind.FILES, file_id))
        for track in tracks:
            xml.add(
                media,
                "track",
                track.content,
                kind=track.kind,
                locale=track.locale,
                identifierref=_identifier(track),
            )
    return xml.serialize(root)


def write(packing: Packing, resources: Resources, folder: str) -> Iterator[Entry]:
    """A member beside each media file, `<path>.<locale>.<kind>`, for importers that know only this older mode."""
    paths = packing.file_paths
    for file_id, tracks in _packed(packing).items():
        for track in tracks:
            yield from packing.entries_of(Kind.MEDIA_TRACKS, track, partial(_write, resources, folder, paths, file_id))


def _write(resources: Resources, folder: str, paths: FilePaths, file_id: int, track: MediaTrack) -> Iterator[Entry]:
    """The captions beside their media file; nothing where that is not in the course, or another has the same text."""
    identifier, media = _identifier(track), paths.files.get(file_id)
    if media is not None and identifier not in resources:
        path = f"{folder}/{media}.{track.locale}.{track.kind}"
        resources.add(Resource(identifier, WEBCONTENT, href=path, files=(path,)))
        yield Entry(path, (track.content or "").encode("utf-8", "replace"))


def _packed(packing: Packing) -> dict[int, list[MediaTrack]]:
    """The tracks of files that are packed, by file, in course order."""
    by_file: dict[int, list[MediaTrack]] = {}
    for track in packing.course.each(Kind.MEDIA_TRACKS):
        if track.file_id is not None and packing.selected(Kind.FILES, track.file_id):
            by_file.setdefault(track.file_id, []).append(track)
    return by_file


def _identifier(track: MediaTrack) -> str:
    """The hash of the captions themselves, not of an id (Canvas)."""
    return track.migration_id or hashed(track.content or "")


def read(source: PackageSource, importing: Importing) -> None:
    """Add the tracks. Captions come from the document, else from a member of their own, which becomes no course file."""
    root = source.package.xml(PATH, importing) if PATH in source.package else None
    source.used.add(PATH)
    if root is None:
        return
    for media in xml.find_all(root, "media"):
        if media.get("identifierref") not in source.manifest.resources:
            sentence = f"No file of the package is called {media.get('identifierref')}."
            importing.warn(WarningCode.FILE_UNKNOWN, PATH, sentence)
        file_id = importing.id_of(Kind.FILES, media.get("identifierref") or "")
        for track in xml.find_all(media, "track"):
            identifier = track.get("identifierref") or hashed(_text(track))
            importing.add(
                Kind.MEDIA_TRACKS,
                MediaTrack(
                    id=importing.id_of(Kind.MEDIA_TRACKS, f"{media.get('identifierref')}/{identifier}"),
                    migration_id=identifier,
                    file_id=file_id,
                    kind=track.get("kind"),
                    locale=track.get("locale"),
                    content=_captions(source, importing, track, identifier),
                ),
            )


def _captions(source: PackageSource, importing: Importing, track: xml.Element, identifier: str) -> str:
    text = _text(track)
    resource = source.manifest.resources.get(identifier)
    member = resource.files[0] if resource and resource.files else ""
    source.used.add(member)
    if text.strip():
        return text
    if member in source.package:
        return decode(source.package.read(member))
    importing.warn(WarningCode.CAPTIONS_MISSING, PATH, f"The captions {identifier} are neither here nor in a member.")
    return ""


def _text(element: xml.Element) -> str:
    return "".join(str(part) for part in element.itertext())
