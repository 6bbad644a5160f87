"""Media types by the names of files."""

from __future__ import annotations

import mimetypes

UNKNOWN = "application/octet-stream"


def _tables() -> mimetypes.MimeTypes:
    """The tables of the standard library, and types of captions and notes that they lack."""
    # Not the tables of the operating system: a name must have the same type on every machine.
    tables = mimetypes.MimeTypes()
    for extension, media_type in ((".vtt", "text/vtt"), (".srt", "application/x-subrip"), (".md", "text/markdown")):
        tables.add_type(media_type, extension)
    return tables


_TABLES = _tables()


def media_type(name: str) -> str:
    """The media type of a file by its extension: "image/png"; `UNKNOWN` for an unknown extension."""
    return _TABLES.guess_type(name, strict=False)[0] or UNKNOWN
