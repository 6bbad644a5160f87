"""The headers of an answer that is a file: saved by a browser, never guessed at; texts and images may be shown."""

from __future__ import annotations

import base64
from urllib.parse import quote

# Media types that nothing executes. All others go out as bytes of no type: a course's page or drawing may bear scripts.
_SAFE = ("image/", "audio/", "video/", "text/plain", "text/csv", "text/vtt", "application/pdf", "application/json")
_UNSAFE = ("image/svg",)
_SHOWN = ("image/", "text/")
BYTES = "application/octet-stream"


def safe_type(media_type: str) -> str:
    """The media type, where a browser cannot be made to run such a file."""
    return media_type if media_type.startswith(_SAFE) and not media_type.startswith(_UNSAFE) else BYTES


def is_shown(content_type: str) -> bool:
    """Whether a browser may show a file of this type, which `safe_type` gave."""
    return content_type.startswith(_SHOWN)


def file_headers(
    filename: str, content_type: str, etag: str, sha256: str | None, *, shown: bool = False
) -> dict[str, str]:
    """Headers for the bytes of a file with this name; `sha256` in hex, where it is known, of the whole.

    One that may be `shown` has no rights on the page that shows it: the sandbox runs no script of it.
    """
    plain = filename.encode("ascii", "replace").decode().replace('"', "'").replace("\\", "_")
    plain = "".join(letter if letter.isprintable() else "_" for letter in plain)
    disposition = "inline" if shown else "attachment"
    headers = {
        "Content-Type": content_type,
        "Content-Disposition": f"{disposition}; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}",
        "ETag": etag,
        "Cache-Control": "private, no-transform",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    if sha256 is not None:
        headers["Repr-Digest"] = f"sha-256=:{base64.b64encode(bytes.fromhex(sha256)).decode()}:"
    return headers
