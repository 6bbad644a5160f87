"""Character sets that somebody else names."""

from __future__ import annotations

import encodings

import pytest

from shared.domain.character_sets import codec_of, decode


@pytest.mark.parametrize(
    ("charset", "data", "text"),
    [
        ("UTF-8", b"\xc3\xa9", "é"),
        ("ISO-8859-15", b"\xa4", "€"),
        ("windows-1252", b"\x80", "€"),
        ("ANSI_X3.4-1968", b"a", "a"),
        ("Shift_JIS", b"\x82\xa0", "あ"),
        ("GB18030", b"\x81\x30\x81\x30", "\x80"),
        ("utf-16", b"a\0", "a"),
        ("koi8-u", b"\xa4", "є"),
    ],
)
def test_a_character_set_is_known_by_the_names_that_others_give_it(charset: str, data: bytes, text: str) -> None:
    assert decode(data, charset) == text


@pytest.mark.parametrize(
    "charset",
    ["punycode", "idna", "unicode_escape", "raw-unicode-escape", "undefined", "x\0", "utf-8" * 9, "ü", "\ud800", ""],
)
def test_codecs_of_python_alone_and_names_that_none_has_are_unknown(charset: str) -> None:
    with pytest.raises(LookupError):
        codec_of(charset)


def test_an_unknown_name_is_not_kept_by_python() -> None:
    with pytest.raises(LookupError):
        decode(b"a", "nobody-knows-me")
    assert "nobody_knows_me" not in vars(encodings)["_cache"]
