"""What the name of a file says of its type."""

from __future__ import annotations

import mimetypes

UNKNOWN = "application/octet-stream"


def _tables() -> mimetypes.MimeTypes:
    """The tables of the standard library alone, so that a name has the same type on every machine, and some more."""
    tables = mimetypes.MimeTypes()
    for extension, media_type in ((".vtt", "text/vtt"), (".srt", "application/x-subrip"), (".md", "text/markdown")):
        tables.add_type(media_type, extension)
    return tables


_TABLES = _tables()


def media_type(name: str) -> str:
    """The media type of a file by its name's end: "image/png"; `UNKNOWN` for an end that says nothing."""
    return _TABLES.guess_type(name, strict=False)[0] or UNKNOWN
