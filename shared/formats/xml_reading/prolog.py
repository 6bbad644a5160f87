"""Checks an XML document before it is parsed: its encoding, and whether it declares entities."""

from __future__ import annotations

import codecs
import re

from shared.domain.character_sets import decode

# The longest first: the mark of UTF-32 (LE) starts like that of UTF-16.
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# A document without a mark starts with "<" in the encoding that it has (XML 1.0, appendix F.1).
_UNMARKED = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
_DECLARATION = re.compile(r"\A(\s*<\?xml\b[^>]*?)\s+encoding\s*=\s*(?:\"([^\"<>]*)\"|'([^'<>]*)')")
# Bytes: a declaration that is longer declares nothing here.
_DECLARED_WITHIN = 400
_SPACE = re.compile(rb"\s*+")
_MISC = ((b"<!--", b"-->"), (b"<?", b"?>"))
_PLAIN = ("", "utf-8", "utf8", "us-ascii", "ascii")
# A declaration that can be read byte by byte is in none of these: tools declare what their strings had in memory.
_WIDE = ("utf-16", "utf16", "utf-32", "utf32", "ucs-2", "ucs-4", "iso-10646")
# As browsers read it: nobody means the control characters that ISO 8859-1 has where Windows-1252 has quotes and dashes.
_LATIN_1 = ("iso-8859-1", "iso8859-1", "iso_8859-1", "latin-1", "latin1")


def to_utf8(data: bytes) -> bytes:
    """The document in UTF-8, without a mark and without a declaration of another encoding.

    The encoding is the byte order mark's, else the declared one. A document that does not fit it is read as
    Windows-1252, which old tools wrote whatever they declared; some only here and there.
    """
    marked = next((name for mark, name in (*_BOMS, *_UNMARKED) if data.startswith(mark)), None)
    if marked is not None:
        return _undeclared(data.decode(marked, "replace").removeprefix("\ufeff"))
    data = data.removeprefix(codecs.BOM_UTF8)
    declared = _declared(data)
    for encoding in ("utf-8",) if declared in _PLAIN else (*_likely_encodings(declared), "utf-8"):
        try:
            text = decode(data, encoding)
        except (LookupError, UnicodeError):
            continue
        return data if declared in _PLAIN else _undeclared(text)
    return _undeclared(_of_both(data) if declared in _PLAIN else data.decode("cp1252", "replace"))


def is_misdeclared(data: bytes, utf8: bytes) -> bool:
    """Whether a document that declares UTF-8, or nothing, is not in it; `utf8` is what `to_utf8` made of it."""
    if data.startswith(tuple(mark for mark, _ in (*_BOMS, *_UNMARKED))) or _declared(data) not in _PLAIN:
        return False
    return utf8 != data.removeprefix(codecs.BOM_UTF8)


def _likely_encodings(declared: str) -> tuple[str, ...]:
    """The encodings that a declaration may mean, the likeliest first."""
    if declared.startswith(_WIDE):
        return ()
    return ("cp1252", declared) if declared in _LATIN_1 else (declared,)


def _of_both(data: bytes) -> str:
    """The text of a document in UTF-8 with some bytes of Windows-1252, as texts that were put together have them.

    One that has more of those than of letters in UTF-8 is in Windows-1252 throughout.
    """
    text = data.decode("utf-8", "surrogateescape")
    stray = sum("\udc80" <= character <= "\udcff" for character in text)
    if stray * 2 > sum(character > "\x7f" for character in text):
        return data.decode("cp1252", "replace")
    return text.translate({0xDC00 + byte: bytes([byte]).decode("cp1252", "replace") for byte in range(0x80, 0x100)})


def declares_entities(data: bytes) -> bool:
    """Whether the document (UTF-8) has a document type declaration, and entities are declared in it.

    Only white space, comments and processing instructions may stand before a document type declaration (XML 1.0, 2.8).
    """
    at = 0
    while True:
        at += len(_SPACE.match(data, at)[0])  # type: ignore[index]  # it matches nothing too
        close = next((end for start, end in _MISC if data.startswith(start, at)), None)
        if close is None:
            return data.startswith(b"<!DOCTYPE", at) and data.find(b"<!ENTITY", at) >= 0
        end = data.find(close, at)
        if end < 0:
            return False
        at = end + len(close)


def _declared(data: bytes) -> str:
    match = _DECLARATION.match(data[:_DECLARED_WITHIN].decode("latin-1"))
    return (match[2] or match[3] or "").strip().lower() if match else ""


def _undeclared(text: str) -> bytes:
    start, rest = text[:_DECLARED_WITHIN], text[_DECLARED_WITHIN:]
    return (_DECLARATION.sub(r"\1", start, count=1) + rest).encode("utf-8", "replace")
