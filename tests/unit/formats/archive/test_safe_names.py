from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.formats.archive.safe_names import SafeNames, archive_name, safe_name

WINDOWS_FORBIDDEN = set('<>:"/\\|?*')
DEVICES = {"con", "prn", "aux", "nul", "conin$", "conout$"} | {
    f"{d}{n}" for d in ("com", "lpt") for n in "0123456789¹²³"
}
names = st.text(max_size=300) | st.sampled_from([*DEVICES, "..", ".", "", "a" * 300, "日" * 120, "a.b.c", "CON.tar.gz"])


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Week 1", "Week 1"),
        ("Übung – Lösung (3).pdf", "Übung – Lösung (3).pdf"),
        ("日本語.docx", "日本語.docx"),
        ("e\u0301te\u0301.txt", "été.txt"),
        ("a:b?.txt", "a_b_.txt"),
        ("week/1\\2.txt", "week_1_2.txt"),
        ("tab\there", "tab_here"),
        ("notes. ", "notes"),
        ("..", "_"),
        (".", "_"),
        ("", "_"),
        ("...", "_"),
        (".htaccess", ".htaccess"),
        ("con", "con_"),
        ("CON.txt", "CON_.txt"),
        ("aux .c", "aux_.c"),
        ("Com¹.log", "Com¹_.log"),
        ("console.log", "console.log"),
        ("com10.txt", "com10.txt"),
        ("\ud800.txt", "_.txt"),
    ],
)
def test_a_name_opens_everywhere(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_a_long_name_is_cut_before_its_extension_at_a_whole_letter() -> None:
    safe = safe_name("ü" * 300 + ".docx")
    assert safe.endswith("ü.docx")
    assert 230 < len(safe.encode()) <= 240


@given(names)
def test_every_safe_name_keeps_the_rules_of_every_system(name: str) -> None:
    safe = safe_name(name)
    assert safe not in ("", ".", "..")
    assert not WINDOWS_FORBIDDEN & set(safe)
    assert not any(unicodedata.category(letter) in ("Cc", "Cs") for letter in safe)
    assert safe[-1] not in ". "
    assert safe.split(".")[0].rstrip(" ").lower() not in DEVICES
    assert len(safe.encode()) <= 240
    assert unicodedata.is_normalized("NFC", safe)


@given(names)
def test_a_safe_name_is_not_changed_again(name: str) -> None:
    assert safe_name(safe_name(name)) == safe_name(name)


@given(st.lists(st.tuples(st.sampled_from(["", "a/", "b/"]), names), max_size=30))
def test_no_two_members_have_one_path_on_a_system_that_ignores_case(members: list[tuple[str, str]]) -> None:
    placed = SafeNames()
    paths = [placed.place(folder, name) for folder, name in members]
    assert len({unicodedata.normalize("NFD", path.casefold()) for path in paths}) == len(paths)
    assert all(path.startswith(folder) for path, (folder, _) in zip(paths, members, strict=True))


def test_later_namesakes_are_numbered_before_the_extension() -> None:
    placed = SafeNames()
    found = [placed.place("", name) for name in ("a.txt", "A.TXT", "a-1.txt", "a.txt", "e\u0301", "É")]
    assert found == ["a.txt", "A-1.TXT", "a-1-1.txt", "a-2.txt", "é", "É-1"]


def test_thousands_of_namesakes_are_numbered_in_no_time() -> None:
    placed = SafeNames()
    assert [placed.place("", "scan.pdf") for _ in range(20_000)][-1] == "scan-19999.pdf"


@pytest.mark.parametrize(
    ("folder", "archive"),
    [
        ("course files", "course_files_export.zip"),
        ("my files", "my_files_export.zip"),
        ("files", "files_export.zip"),
        ("unfiled", "unfiled_export.zip"),
        ("Exam 2021-x", "Exam_2021-x_export.zip"),
        ("a  b", "a__b_export.zip"),
        ('1/2\\3?4:5*6"7`8\t9', "1_2_3_4_5_6_7_8_9_export.zip"),
        ("Übung", "Übung_export.zip"),
    ],
)
def test_the_archive_is_named_after_its_common_folder(folder: str, archive: str) -> None:
    assert archive_name(folder) == archive


@given(names)
def test_every_archive_name_is_a_file_name(folder: str) -> None:
    archive = archive_name(folder)
    assert archive.endswith("_export.zip")
    assert "/" not in archive
    assert len(archive.encode()) <= 255
