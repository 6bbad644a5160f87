"""The headers of an answer that is a file: always saved by a browser, never shown or guessed at."""

from __future__ import annotations

import base64
from urllib.parse import quote

# Media types that nothing executes. All others go out as bytes of no type: a course's page or drawing may bear scripts.
_SAFE = ("image/", "audio/", "video/", "text/plain", "text/csv", "text/vtt", "application/pdf", "application/json")
_UNSAFE = ("image/svg",)
BYTES = "application/octet-stream"


def safe_type(media_type: str) -> str:
    """The media type, where a browser cannot be made to run such a file."""
    return media_type if media_type.startswith(_SAFE) and not media_type.startswith(_UNSAFE) else BYTES


def file_headers(filename: str, content_type: str, etag: str, sha256: str | None) -> dict[str, str]:
    """Headers for the bytes of a file with this name; `sha256` in hex, where it is known, of the whole."""
    plain = filename.encode("ascii", "replace").decode().replace('"', "'").replace("\\", "_")
    plain = "".join(letter if letter.isprintable() else "_" for letter in plain)
    headers = {
        "Content-Type": content_type,
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}",
        "ETag": etag,
        "Cache-Control": "private, no-transform",
        "X-Content-Type-Options": "nosniff",
    }
    if sha256 is not None:
        headers["Repr-Digest"] = f"sha-256=:{base64.b64encode(bytes.fromhex(sha256)).decode()}:"
    return headers
