"""Folders, files and the captions of media files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self
from urllib.parse import unquote_plus

from shared.domain.content.content_object import Content, ContentPart
from shared.domain.stored_file import StoredFile

ROOT_FOLDER = "course files"  # the name of the root folder of a course in Canvas


class UsageRights(ContentPart):
    """REST UsageRights: the owner of a file's copyright and the licence."""

    use_justification: str | None = None  # own_copyright, used_by_permission, public_domain, fair_use, creative_commons
    legal_copyright: str | None = None
    license: str | None = None  # private, public_domain, cc_by, ...
    license_name: str | None = None


class ExternalViewer(ContentPart):
    """A service that displays a file, and the id of the file there."""

    service: str | None = None  # docviewer, notorious, ...
    id: str | None = None


class Folder(Content):
    """REST Folder. `full_name` starts with the name of the root folder; a root folder has no parent."""

    name: str = ""
    full_name: str | None = None
    parent_folder_id: int | None = None
    locked: bool | None = None
    hidden: bool | None = None
    lock_at: str | None = None
    unlock_at: str | None = None


class File(Content, rename={"content_type": "content-type"}):
    """REST File, with the reference to its bytes. `filename` is the stored name, which may be URL-encoded.

    `sha256` is None if the bytes have not been stored; `size` is in bytes.
    """

    display_name: str = ""
    filename: str | None = None
    folder_id: int | None = None
    content_type: str | None = None
    size: int | None = None
    locked: bool | None = None
    hidden: bool | None = None
    lock_at: str | None = None
    unlock_at: str | None = None
    category: str | None = None
    usage_rights: UsageRights | None = None
    external_viewer: ExternalViewer | None = None
    media_entry_id: str | None = None  # id of the media object of an audio or video file
    named_apart: bool | None = None  # whether its package of origin states a display name beside the stored name
    repeated_as: list[str] | None = None  # identifiers of further resources of its package of origin with this file
    sha256: str | None = None
    crc32: int | None = None
    compressible: bool | None = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read a REST File; one without a display name gets its stored name. Raises InvalidContent."""
        file = super().from_json(data)
        file.display_name = file.display_name or unquote_plus(file.filename or "")
        return file

    @property
    def stored(self) -> StoredFile | None:
        """The reference to the bytes in the object store; None if they have not been stored."""
        if self.sha256 is None or self.size is None or self.crc32 is None:
            return None
        return StoredFile(self.sha256, self.size, self.crc32, compressible=bool(self.compressible))


class MediaTrack(Content):
    """REST MediaTrack: captions of a media file, in SRT or WebVTT. Its name in a package is a hash of its text."""

    file_id: int | None = None
    kind: str | None = None  # subtitles, captions, descriptions, chapters, metadata
    locale: str | None = None  # language code
    content: str | None = None
