"""What nobody sees of a name: it leaves, unless it changes what is seen."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.content.files import File, Folder
from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats.archive import safe_names
from shared.formats.canvas import files
from shared.formats.file_paths import safe_name
from shared.formats.invisible import visible
from tests.support.formats import a_packing, packed
from tests.support.memory_course import stored

BIDIRECTIONAL = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
WITHOUT_WIDTH = "\u200b\u2060\ufeff\u00ad\u180e"
JOINERS = "\u200c\u200d"


@pytest.mark.parametrize("character", BIDIRECTIONAL + WITHOUT_WIDTH + JOINERS)
def test_an_invisible_character_leaves_the_name_of_a_file(character: str) -> None:
    for safe in (visible, safe_name, safe_names.safe_name):
        assert safe(f"a{character}txt.exe") == "atxt.exe"
        assert safe(f"{character}語{character}") == "語"
    assert safe_names.archive_name(f"a{character}b") == "ab_export.zip"
    assert safe_name(character) == safe_names.safe_name(character) == "_"


@pytest.mark.parametrize("name", ["👩‍🔬.png", "👩🏽‍🔬.png", "❤️‍🔥.png", "می‌خواهم.pdf", "क्‍ष.pdf", "ශ්‍රී.pdf"])
def test_a_joiner_stays_where_it_changes_what_is_seen(name: str) -> None:
    assert visible(name) == name


@given(st.text())
def test_only_invisible_characters_leave(name: str) -> None:
    kept = visible(name)
    assert visible(kept) == kept
    assert [c for c in kept if unicodedata.category(c) != "Cf"] == [c for c in name if unicodedata.category(c) != "Cf"]


def test_a_cartridge_warns_of_each_file_whose_name_lost_characters() -> None:
    named = [
        File(id=5, display_name="a\u202etxt.exe", **stored(b"x")),
        File(id=6, display_name="b.txt", **stored(b"y")),
    ]
    packing = a_packing({Kind.FOLDERS: [Folder(id=1, name="course files")], Kind.FILES: named})
    members, _ = packed(files.write, packing)
    assert {"web_resources/atxt.exe", "web_resources/b.txt"} <= set(members)
    assert [(w.code, w.item_id, w.place) for w in packing.report.warnings] == [
        (WarningCode.RENAMED, 5, "web_resources/atxt.exe")
    ]
