"""Bodies that a client has compressed, inflated within a limit."""

from __future__ import annotations

import zlib

from shared.http.answers import bad_request, too_large, unsupported_encoding

_GZIP, _ZLIB, _RAW = 31, 15, -15  # zlib's wbits: RFC 1952, 1950, 1951
_IDENTITY = frozenset({"", "identity"})


def is_compressed(encoding: str) -> bool:
    """Whether a Content-Encoding says that the body is something else than it looks."""
    return encoding.strip().lower() not in _IDENTITY


def inflated(body: bytes, encoding: str, most: int) -> bytes:
    """The body, decoded by its Content-Encoding (RFC 9110, 8.4): `gzip` or `deflate`, once, or none.

    Raises 413 as soon as it comes to more than `most` bytes, 415 for another encoding, 400 for what is not so encoded.
    """
    name = encoding.strip().lower()
    if name in _IDENTITY:
        return body
    if name in ("gzip", "x-gzip"):
        return _inflate(body, _GZIP, name, most)
    if name == "deflate":  # zlib by the RFC; some clients send the bare stream
        return _inflate(body, _ZLIB if body[:1] == b"\x78" else _RAW, name, most)
    raise unsupported_encoding()


def _inflate(body: bytes, wbits: int, name: str, most: int) -> bytes:
    stream = zlib.decompressobj(wbits)
    try:
        content = stream.decompress(body, most + 1)
    except zlib.error as error:
        raise bad_request(f"the body is not {name}, as its Content-Encoding says") from error
    if len(content) > most:
        raise too_large()
    if not stream.eof:
        raise bad_request(f"the body ends before its {name} stream does")
    return content
