"""What is hostile is refused by the operator's command: the member named, exit code 1, nothing written at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.load.conftest import Place
from tests.support import hostile_zips
from tests.support.cartridges import manifest, resource, topic
from tests.support.hostile_zips import MIB, a_zip

FILLED = {
    "imsmanifest.xml": manifest(
        resource("f", "webcontent", "a.txt")
        + resource("g", "webcontent", "film.mp4")
        + resource("t", "imsdt_xmlv1p1", "t.xml")
    ).encode(),
    "a.txt": b"a file that comes first and is sound",
    "film.mp4": b"frame " * 400,
    "t.xml": topic("T", "x").encode(),
}
LAUGHS = '<!DOCTYPE topic [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
EXTERNAL = '<!DOCTYPE topic [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


def filled(**members: bytes) -> bytes:
    """The sound package with members replaced; a name in Python's letters."""
    return a_zip({**FILLED, **{name.replace("_", "."): body for name, body in members.items()}})


def more(name: object, body: bytes = b"x") -> bytes:
    return a_zip([*FILLED.items(), (name, body)])  # type: ignore[list-item]


ZIPS: dict[str, tuple[Callable[[], bytes], str]] = {
    "a path that climbs": (lambda: more(hostile_zips.named("../../evil.txt")), "../../evil.txt"),
    "a path that climbs by backslashes": (lambda: more(hostile_zips.named("..\\evil.txt")), "evil.txt"),
    "an absolute path": (lambda: more(hostile_zips.named("/etc/cron.d/evil")), "/etc/cron.d/evil"),
    "a drive": (lambda: more(hostile_zips.named("C:\\evil.txt")), "evil.txt"),
    "a symbolic link": (lambda: more(hostile_zips.link("shadow.txt"), b"/etc/shadow"), "shadow.txt"),
    "a device": (lambda: more(hostile_zips.link("dev.txt", 0o020666)), "dev.txt"),
    "a long path": (lambda: more("d/" * 600 + "end.txt"), "longer than 1024"),
    "a bomb": (lambda: more("zeros.bin", bytes(12 * MIB)), "zeros.bin"),
    "an encrypted member": (lambda: hostile_zips.encrypted(filled(), "a.txt"), "a.txt"),
    "members that share bytes": (lambda: hostile_zips.overlapping(filled(), "a.txt", "t.xml"), "overlaps"),
    "a file that is larger than it says": (lambda: hostile_zips.lying(filled(), "film.mp4", 7), "film.mp4"),
    "a file that is smaller than it says": (lambda: hostile_zips.lying(filled(), "film.mp4", 9 * MIB), "film.mp4"),
    "a topic that is larger than it says": (lambda: hostile_zips.lying(filled(), "t.xml", 7), "t.xml"),
    "two members of one name": (lambda: more("a.txt", b"another"), "a.txt"),
    "entities in a topic": (lambda: filled(t_xml=LAUGHS.encode() + FILLED["t.xml"]), "t.xml"),
    "entities in utf-16": (lambda: filled(t_xml=(LAUGHS + FILLED["t.xml"].decode()).encode("utf-16")), "t.xml"),
    "an external entity": (lambda: filled(t_xml=EXTERNAL.encode() + FILLED["t.xml"]), "t.xml"),
    "entities in the manifest": (lambda: filled(imsmanifest_xml=LAUGHS.encode() + b"<manifest/>"), "imsmanifest.xml"),
    "a million entries": (
        lambda: hostile_zips.crowded(1_000_000, FILLED["imsmanifest.xml"]),
        "more than 200000 entries",
    ),
    "a huge manifest": (
        lambda: hostile_zips.stored({"imsmanifest.xml": bytes(129 * MIB)}),
        "imsmanifest.xml is larger",
    ),
    "a manifest of millions of tags": (
        lambda: a_zip({"imsmanifest.xml": b"<manifest>" + os.urandom(5000).hex().encode() + b"<a/>" * 5_100_000}),
        "imsmanifest.xml",
    ),
    "a topic as deep as a well": (lambda: filled(t_xml=b"<topic>" * 900 + b"</topic>" * 900), "t.xml"),
    "no manifest": (lambda: a_zip({"a.txt": b"a"}), "imsmanifest.xml"),
    "a manifest that is none": (lambda: filled(imsmanifest_xml=b"<html/>"), "imsmanifest.xml"),
    "no zip": (lambda: b"GIF89a", "not a zip"),
    "half a zip": (lambda: filled()[:300], "not a zip"),
    "nothing": (lambda: b"", "not a zip"),
}


@pytest.mark.parametrize("name", ZIPS)
def test_a_hostile_package_is_refused_with_the_member_s_name_and_nothing_is_written(
    name: str, place: Place, tmp_path: Path
) -> None:
    make, said = ZIPS[name]
    package = tmp_path / "package.imscc"
    package.write_bytes(make())
    before = place.content()
    result = place.load(package)
    assert result.exit_code == 1
    assert said in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    assert place.content() == before


def test_the_sound_package_of_these_tests_is_taken_in(place: Place, tmp_path: Path) -> None:
    package = tmp_path / "package.imscc"
    package.write_bytes(filled())
    assert place.loaded(package)["objects"] == {"discussion_topics": 1, "files": 2, "folders": 1}
    assert len(place.content()[1]) == 2


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("LOAD_MAX_ENTRIES", "3", "more than 3 entries"),
        ("LOAD_MAX_TOTAL_BYTES", "1000", "the limit is 1000"),
        ("LOAD_MAX_DOCUMENT_BYTES", "300", "imsmanifest.xml is larger than 300"),
        ("LOAD_MAX_DOCUMENT_NODES", "20", "imsmanifest.xml has more than 20"),
        ("LOAD_MAX_PATH_LENGTH", "10", "longer than 10"),
    ],
)
def test_what_breaks_a_limit_that_was_set_is_refused_and_nothing_is_written(
    setting: str, value: str, said: str, place: Place, tmp_path: Path
) -> None:
    package = tmp_path / "package.imscc"
    package.write_bytes(filled())
    before = place.content()
    result = place.load(package, **{setting: value})
    assert result.exit_code == 1
    assert said in result.stderr
    assert place.content() == before


def test_the_ratio_is_a_setting_too(place: Place, tmp_path: Path) -> None:
    package = tmp_path / "package.imscc"
    package.write_bytes(more("zeros.bin", bytes(12 * MIB)))
    assert place.load(package, LOAD_MAX_RATIO="1100").exit_code == 0


def test_a_mistaken_limit_is_reported_by_its_name(place: Place, tmp_path: Path) -> None:
    package = tmp_path / "package.imscc"
    package.write_bytes(filled())
    result = place.load(package, LOAD_MAX_ENTRIES="many", LOAD_MAX_TOTAL_BYTES="-1")
    assert result.exit_code == 78
    assert "LOAD_MAX_ENTRIES" in result.stderr
    assert "LOAD_MAX_TOTAL_BYTES" in result.stderr


def test_zips_in_zips_are_files_and_are_not_unpacked(place: Place, tmp_path: Path) -> None:
    package = tmp_path / "package.imscc"
    package.write_bytes(more("nested.zip", hostile_zips.nested_deflate()))
    assert place.loaded(package)["objects"]["files"] == 3


def test_a_damaged_file_is_reported_and_the_rest_is_taken_in(place: Place, tmp_path: Path) -> None:
    data = bytearray(filled())
    data[data.index(b"film.mp4") + 20] ^= 0xFF
    package = tmp_path / "package.imscc"
    package.write_bytes(bytes(data))
    loaded = place.loaded(package)
    assert [w["place"] for w in loaded["warnings"] if w["code"] == "file_unreadable"] == ["film.mp4"]
    films = [body for body in place.objects(loaded["course_id"]).values() if body.get("display_name") == "film.mp4"]
    assert [film.get("sha256") for film in films] == [None]
    assert len(place.content()[1]) == 1


def a_folder(path: Path) -> Path:
    (path / "files").mkdir(parents=True)
    (path / "course.json").write_text('{"id": 1, "name": "Tides"}')
    (path / "files" / "a.txt").write_text("a")
    return path


def test_a_link_in_a_folder_is_refused(place: Place, tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "course")
    (folder / "files" / "shadow.txt").symlink_to("/etc/passwd")
    before = place.content()
    result = place.load(folder)
    assert (result.exit_code, place.content()) == (1, before)
    assert "files/shadow.txt is a link" in result.stderr


def test_a_pipe_and_a_link_to_a_folder_are_refused(place: Place, tmp_path: Path) -> None:
    for number, make in enumerate((os.mkfifo, lambda path: path.symlink_to("/etc"))):
        folder = a_folder(tmp_path / f"course{number}")
        make(folder / "pages")
        result = place.load(folder)
        assert result.exit_code == 1
        assert "pages is a link or a device" in result.stderr


@pytest.mark.parametrize(
    ("setting", "value"), [("LOAD_MAX_ENTRIES", "2"), ("LOAD_MAX_TOTAL_BYTES", "20"), ("LOAD_MAX_DOCUMENT_BYTES", "20")]
)
def test_the_limits_hold_for_folders(setting: str, value: str, place: Place, tmp_path: Path) -> None:
    before = place.content()
    result = place.load(a_folder(tmp_path / "course"), **{setting: value})
    assert (result.exit_code, place.content()) == (1, before)
    assert value in result.stderr


def test_names_cannot_speak_to_the_operator_s_terminal(place: Place, tmp_path: Path) -> None:
    package = tmp_path / "package.imscc"
    package.write_bytes(hostile_zips.encrypted(more("\x1b]0;owned\x07[bold]n.txt"), "n.txt"))
    result = place.load(package)
    assert result.exit_code == 1
    assert "\x1b" not in result.stderr
    assert "[bold]n.txt" in result.stderr
