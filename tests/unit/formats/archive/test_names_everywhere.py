"""Names of any kind, as a whole archive: read back by Python, unzip and 7z, and laid on a disk."""

from __future__ import annotations

import io
import tempfile
import unicodedata
import zipfile
from collections.abc import Sequence
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.domain.content.files import File, Folder
from shared.domain.kinds import Kind
from shared.formats.archive.package import archive
from tests.support.archives import Shelf, needs_7z, needs_unzip, packed, run, written
from tests.support.formats import a_packing
from tests.support.memory_course import stored
from tests.unit.formats.archive.test_package import TEACHER
from tests.unit.formats.archive.test_safe_names import DEVICES, WINDOWS_FORBIDDEN, names

LONGEST_PATH = 900  # bytes: macOS takes 1,024 of a path, and the folder that the archive is opened in is part of it
ROOT = 1
HOSTILE = [
    *("..", ".", "", "...", "/", "\\", "../../etc/passwd", "C:\\x", "con", "NUL.txt", "a.", "a ", "A", "a", "ß", "SS"),
    *("é", "e\u0301", "ﬁ", "FI", "İ", "i̇", "\u202egpj.exe", "\x00", "\x7f", "-rf", "@list", "*", "日" * 120, "x" * 300),
    *("tab\there", "new\nline", "a:b", "🌊" * 70, "\ud800", ".htaccess", "~", "%41", "COM¹", "aux .c", "week 1/b.txt"),
]
anything = st.sampled_from(HOSTILE) | names


def nested(parents: Sequence[int], titles: Sequence[str]) -> list[Folder]:
    """A root, and folders in it or in one that came before."""
    below = [
        Folder(id=ROOT + place, name=title, parent_folder_id=ROOT + parent % place)
        for place, (parent, title) in enumerate(zip(parents, titles, strict=True), start=1)
    ]
    return [Folder(id=ROOT, name="course files"), *below]


@st.composite
def trees(draw: st.DrawFn) -> tuple[list[Folder], list[File]]:
    """Folders in folders, and files in them, called whatever people call them."""
    titles = draw(st.lists(anything, max_size=12))
    folders = nested([draw(st.integers(0, 11)) for _ in titles], titles)
    placed = draw(st.lists(st.tuples(st.integers(0, len(titles)), anything), min_size=1, max_size=20))
    files = [
        File(id=number, display_name=name, folder_id=ROOT + folder, **stored(f"{number}".encode()))
        for number, (folder, name) in enumerate(placed)
    ]
    return folders, files


def shelf_of(files: Sequence[File]) -> Shelf:
    shelf = Shelf()
    for each in files:
        shelf.add(f"{each.id}".encode())
    return shelf


def deep(levels: int, name: str = "folder {}") -> tuple[list[Folder], list[File]]:
    """Folders each in the one before, with a file in each."""
    folders = nested(range(levels), [name.format(level) for level in range(levels)])
    files = [
        File(id=each.id, display_name="a.txt", folder_id=each.id, **stored(f"{each.id}".encode())) for each in folders
    ]
    return folders, files


def check_paths(paths: Sequence[str]) -> None:
    """Every rule of every common system, over the paths of one archive."""
    for path in paths:
        assert len(path.encode()) <= LONGEST_PATH
        for step in path.removesuffix("/").split("/"):
            assert step not in ("", ".", "..")
            assert not WINDOWS_FORBIDDEN & set(step)
            assert not any(unicodedata.category(letter) in ("Cc", "Cs") for letter in step)
            assert step[-1] not in ". "
            assert step.split(".")[0].rstrip(" ").lower() not in DEVICES
            assert len(step.encode()) <= 255
            assert unicodedata.is_normalized("NFC", step)
    folded = [unicodedata.normalize("NFD", path.removesuffix("/")).casefold() for path in paths]
    assert len(set(folded)) == len(folded)


@given(trees())
def test_a_tree_of_any_names_is_an_archive_that_every_system_can_open(tree: tuple[list[Folder], list[File]]) -> None:
    folders, files = tree
    packing = a_packing({Kind.FOLDERS: folders, Kind.FILES: files})
    with packed(archive(packing, TEACHER).entries, shelf_of(files)) as package:
        assert package.testzip() is None
        check_paths(package.namelist())
        found = {package.read(info): info for info in package.infolist() if not info.is_dir()}
    assert len(found) == len(files), "each file is there, under a path of its own"
    assert all(info.flag_bits & 0x800 or info.filename.isascii() for info in found.values()), (
        "names are marked as UTF-8"
    )
    renamed = {warning.item_id: warning for warning in packing.report.warnings if warning.kind == Kind.FILES}
    for each in files:
        name = found[f"{each.id}".encode()].filename.rpartition("/")[2]
        if name == unicodedata.normalize("NFC", each.label):
            assert each.id not in renamed
        else:
            assert (renamed[each.id].title, renamed[each.id].code) == (each.label, "renamed")


@needs_unzip
@needs_7z
@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow])
@given(trees())
def test_unzip_and_7z_read_such_an_archive_and_a_disk_takes_it(tree: tuple[list[Folder], list[File]]) -> None:
    folders, files = tree
    packing = a_packing({Kind.FOLDERS: folders, Kind.FILES: files})
    read_by_all(written(archive(packing, TEACHER).entries, shelf_of(files))[0], files)


def read_by_all(data: bytes, files: Sequence[File]) -> None:
    with tempfile.TemporaryDirectory() as name:
        path, out = Path(name, "package.zip"), Path(name, "out")
        path.write_bytes(data)
        assert "No errors detected" in run("unzip", "-tq", path)
        output = run("7z", "t", path)
        assert "Everything is Ok" in output
        assert "arning" not in output
        run("7z", "x", f"-o{out}", path)
        on_disk = {each.read_bytes(): each.relative_to(out).as_posix() for each in out.rglob("*") if each.is_file()}
        with zipfile.ZipFile(path) as package:
            assert on_disk == {package.read(info): info.filename for info in package.infolist() if not info.is_dir()}
    assert len(on_disk) == len(files)


@needs_unzip
@needs_7z
def test_folders_in_folders_without_end_stay_within_the_length_of_a_path() -> None:
    folders, files = deep(200)
    packing = a_packing({Kind.FOLDERS: folders, Kind.FILES: files})
    data, _ = written(archive(packing, TEACHER).entries, shelf_of(files))
    read_by_all(data, files)
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        check_paths(package.namelist())
        assert len(package.namelist()) == 200 + len(files)
    moved = [warning for warning in packing.report.warnings if warning.code == "renamed"]
    assert moved
    assert all(warning.kind == Kind.FOLDERS and "lies so deep" in warning.message for warning in moved)
    assert moved[0].place == moved[0].title, "it lies at the top, under its own name"
