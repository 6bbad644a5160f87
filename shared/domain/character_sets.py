"""Character sets that external input names: in a Content-Type, in an XML declaration.

Python's own codecs are not among them. `punycode` takes the square of the bytes in time, `unicode_escape` reads escapes,
and Python keeps every name for ever that it has been asked for and does not know.
"""

from __future__ import annotations

from encodings import normalize_encoding
from encodings.aliases import aliases

_WITHOUT_ALIAS = {
    *("cp1006", "cp720", "cp737", "cp856", "cp874", "cp875", "koi8_t", "koi8_u", "palmos", "utf_8_sig"),
    *("mac_arabic", "mac_croatian", "mac_farsi", "mac_romanian"),
}
_BY_NAME = {**aliases, **{name: name for name in (*aliases.values(), *_WITHOUT_ALIAS)}}
_LONGEST = 40  # characters of a name


def decode(data: bytes | bytearray, charset: str) -> str:
    """The text. Raises LookupError for a character set that is not known, UnicodeError for bytes that it does not have."""
    return data.decode(codec_of(charset))


def codec_of(charset: str) -> str:
    """Python's name of a character set. Raises LookupError for one that is not known."""
    name = normalize_encoding(charset[:_LONGEST]).lower() if charset.isascii() else ""
    codec = _BY_NAME.get(name) or _BY_NAME.get(name.replace(".", "_"))
    if codec is None or len(charset) > _LONGEST:
        raise LookupError(f"unknown encoding: {charset[:_LONGEST]!a}")
    return codec
