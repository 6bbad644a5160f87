from __future__ import annotations

import io
import os
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.errors import HostilePackage, UnreadablePackage
from shared.formats.imscp.package_reader import PackageReader
from shared.formats.limits import Limits
from shared.formats.zip_entry_count import count_entries
from tests.support.shared import needs_shared, package

MIB = 1024 * 1024


def a_zip(*members: tuple[str | zipfile.ZipInfo, bytes], manifest: str | None = "imsmanifest.xml") -> io.BytesIO:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        if manifest:
            archive.writestr(manifest, b"<manifest/>")
        for name, body in members:
            archive.writestr(name, body)
    return buffer


def opened(*members: tuple[str | zipfile.ZipInfo, bytes], limits: Limits | None = None) -> PackageReader:
    return PackageReader.open(a_zip(*members), limits)


def a_link(name: str, mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = mode << 16
    return info


def renamed(buffer: io.BytesIO, old: bytes, new: bytes) -> io.BytesIO:
    """The same zip with a name changed in both headers, as no honest writer would write it."""
    assert len(old) == len(new)
    return io.BytesIO(buffer.getvalue().replace(old, new))


def lying(buffer: io.BytesIO, name: bytes, size: int) -> io.BytesIO:
    """The same zip whose directory and local header give a member another uncompressed size."""
    data = bytearray(buffer.getvalue())
    local = data.index(b"PK\3\4", data.index(name) - 30)
    struct.pack_into("<L", data, local + 22, size)
    entry = data.rindex(b"PK\1\2", 0, data.rindex(name))
    struct.pack_into("<L", data, entry + 24, size)
    return io.BytesIO(bytes(data))


def test_members_are_named_relative_to_the_outermost_manifest() -> None:
    buffer = a_zip(
        ("export/imsmanifest.xml", b"<manifest/>"),
        ("export/a.txt", b"a"),
        ("export/old/imsmanifest.xml", b"<manifest/>"),
        ("beside.txt", b"b"),
        manifest=None,
    )
    with PackageReader.open(buffer) as reader:
        assert reader.names == ("imsmanifest.xml", "a.txt", "old/imsmanifest.xml")
        assert reader.read("a.txt") == b"a"
        assert "beside.txt" not in reader


def test_directories_and_resource_forks_are_no_members() -> None:
    reader = opened(("a/", b""), ("__MACOSX/._a.txt", b"x"), ("a/b.txt", b"b"))
    assert reader.names == ("imsmanifest.xml", "a/b.txt")


def test_backslashes_separate_like_slashes() -> None:
    reader = PackageReader.open(renamed(a_zip(("a/b_c.txt", b"b")), b"a/b_c.txt", b"a\\b_c.txt"))
    assert reader.names == ("imsmanifest.xml", "a/b_c.txt")
    assert reader.read("a/b_c.txt") == b"b"


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("Übung.txt".encode(), "Übung.txt"),  # UTF-8 without the flag, as Info-ZIP writes it
        ("Übung.txt".encode("cp437"), "Übung.txt"),  # what the format means by no flag
    ],
)
def test_names_without_the_utf8_flag_are_utf8_where_they_can_be_and_cp437_otherwise(raw: bytes, name: str) -> None:
    placeholder = b"x" * len(raw)
    reader = PackageReader.open(renamed(a_zip((placeholder.decode(), b"body")), placeholder, raw))
    assert reader.names == ("imsmanifest.xml", name)
    assert reader.read(name) == b"body"


@pytest.mark.parametrize(
    "name",
    [
        "../evil.txt",
        "a/../../evil.txt",
        "/etc/passwd",
        "\\evil.txt",
        "..\\evil.txt",
        "C:\\evil.txt",
        "c:evil.txt",
        "..",
    ],
)
def test_a_path_that_leads_out_of_the_package_is_refused(name: str) -> None:
    with pytest.raises(HostilePackage):
        opened((zipfile.ZipInfo(name), b"x"))


def test_a_hostile_member_outside_the_manifests_folder_is_refused_too() -> None:
    with pytest.raises(HostilePackage):
        PackageReader.open(a_zip(("p/imsmanifest.xml", b"<manifest/>"), ("../evil", b"x"), manifest=None))


@pytest.mark.parametrize("mode", [0o120777, 0o020666, 0o010644], ids=["symlink", "device", "fifo"])
def test_links_and_devices_are_refused_by_name(mode: int) -> None:
    with pytest.raises(HostilePackage) as refused:
        opened((a_link("innocent.txt", mode), b"/etc/passwd"))
    assert refused.value.item == "innocent.txt"


@pytest.mark.parametrize("flag", [0x1, 0x40, 0x2000], ids=["data", "strong encryption", "masked directory"])
def test_an_encrypted_member_is_refused(flag: int) -> None:
    data = bytearray(a_zip(("secret.txt", b"x")).getvalue())
    entry = data.rindex(b"PK\1\2")
    struct.pack_into("<H", data, entry + 8, flag)
    with pytest.raises(HostilePackage, match="encrypted"):
        PackageReader.open(io.BytesIO(bytes(data)))


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(HostilePackage, match="times its size"):
        opened(("zeros.bin", bytes(20 * MIB)))


def test_the_total_of_all_members_is_limited() -> None:
    members = [(f"{number}.bin", bytes(range(256)) * 40) for number in range(10)]
    assert len(opened(*members, limits=Limits(total_bytes=110_000)).names) == 11
    with pytest.raises(HostilePackage, match="unpacks to"):
        opened(*members, limits=Limits(total_bytes=100_000))


def test_the_number_of_entries_is_limited_whatever_the_end_record_says() -> None:
    buffer = a_zip(*[(f"{number}", b"") for number in range(20)])
    data = bytearray(buffer.getvalue())
    end = data.rindex(b"PK\5\6")
    struct.pack_into("<HH", data, end + 8, 1, 1)
    assert len(PackageReader.open(buffer, Limits(entries=21)).names) == 21
    with pytest.raises(HostilePackage, match="more than 20"):
        PackageReader.open(io.BytesIO(bytes(data)), Limits(entries=20))


def test_a_long_path_is_refused() -> None:
    with pytest.raises(HostilePackage, match="longer than"):
        opened(("a" * 300, b""), limits=Limits(path_length=200))


def test_two_members_of_one_name_are_one_when_equal_and_hostile_when_they_differ() -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        same, differing = a_zip(("a", b"1"), ("a", b"1")), a_zip(("a", b"1"), ("a", b"2"))
    assert PackageReader.open(same).names == ("imsmanifest.xml", "a")
    with pytest.raises(HostilePackage, match="twice"):
        PackageReader.open(differing)


def test_members_that_share_their_bytes_are_refused() -> None:
    data = bytearray(a_zip(("a.bin", b"x" * 500), ("b.bin", b"y" * 500)).getvalue())
    first = data.index(b"PK\3\4", data.index(b"a.bin") - 30)
    entry = data.rindex(b"PK\1\2", 0, data.rindex(b"b.bin"))
    struct.pack_into("<L", data, entry + 42, first)
    with pytest.raises(HostilePackage, match="overlaps"):
        PackageReader.open(io.BytesIO(bytes(data)))


def test_a_member_begins_at_the_end_of_the_one_before_and_not_a_byte_earlier() -> None:
    data = bytearray(a_zip(("a.bin", os.urandom(500)), ("b.bin", b"y")).getvalue())
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        info = archive.getinfo("a.bin")
    end = info.header_offset + 30 + info.compress_size  # a local header without its name
    place = data.rindex(b"PK\1\2", 0, data.rindex(b"b.bin")) + 42
    struct.pack_into("<L", data, place, end)
    assert "b.bin" in PackageReader.open(io.BytesIO(bytes(data)))
    struct.pack_into("<L", data, place, end - 1)
    with pytest.raises(HostilePackage, match=r"b\.bin overlaps"):
        PackageReader.open(io.BytesIO(bytes(data)))


def test_a_large_member_may_unpack_to_200_times_its_size_and_no_more() -> None:
    package = a_zip(("a.bin", os.urandom(60_000)))
    with zipfile.ZipFile(package) as archive:
        packed = archive.getinfo("a.bin").compress_size
    assert packed * 200 > 10 * MIB
    assert "a.bin" in PackageReader.open(lying(package, b"a.bin", packed * 200))
    with pytest.raises(HostilePackage, match="200 times its size"):
        PackageReader.open(lying(package, b"a.bin", packed * 200 + 1))


def test_a_small_member_may_unpack_to_any_size_up_to_ten_mebibytes() -> None:
    package = a_zip(("a.bin", bytes(1000)))
    assert "a.bin" in PackageReader.open(lying(package, b"a.bin", 10 * MIB))
    with pytest.raises(HostilePackage, match="times its size"):
        PackageReader.open(lying(package, b"a.bin", 10 * MIB + 1))


def test_what_a_package_may_cost_is_a_hundred_gibibytes_in_200_000_members_and_documents_of_128_mebibytes() -> None:
    assert Limits() == Limits(
        entries=200_000,
        total_bytes=100 * 1024 * MIB,
        document_bytes=128 * MIB,
        document_nodes=5_000_000,
        document_depth=150,
        ratio=200,
        ratio_from=10 * MIB,
        path_length=1024,
    )


@pytest.mark.parametrize("size", [10, 5_000], ids=["smaller", "larger"])
def test_a_member_that_is_not_as_large_as_its_header_says_is_refused_while_it_is_read(size: int) -> None:
    reader = PackageReader.open(lying(a_zip(("page.html", b"word " * 200)), b"page.html", size))
    with pytest.raises(HostilePackage) as refused:
        reader.read("page.html")
    assert refused.value.item == "page.html"
    with reader.open_member("page.html") as stream, pytest.raises(HostilePackage):
        list(iter(lambda: stream.read(64), b""))


def test_a_stored_member_whose_two_sizes_differ_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("imsmanifest.xml", b"<manifest/>")
        archive.writestr("a.bin", b"x" * 100)
    with pytest.raises(HostilePackage, match="two sizes"):
        PackageReader.open(lying(buffer, b"a.bin", 5))


def test_a_damaged_member_is_named() -> None:
    data = bytearray(a_zip(("a.txt", b"hello " * 100)).getvalue())
    data[data.index(b"a.txt") + 8] ^= 0xFF
    reader = PackageReader.open(io.BytesIO(bytes(data)))
    with pytest.raises(UnreadablePackage) as refused:
        reader.read("a.txt")
    assert refused.value.item == "a.txt"


def test_a_member_too_large_for_memory_can_still_be_streamed() -> None:
    body = bytes(range(256)) * 400
    reader = opened(("big.bin", body), limits=Limits(document_bytes=1000))
    with pytest.raises(HostilePackage, match="larger than 1000"):
        reader.read("big.bin")
    with reader.open_member("big.bin") as stream:
        assert b"".join(iter(lambda: stream.read(700), b"")) == body
    assert (reader.size("big.bin"), reader.crc32("big.bin")) == (len(body), zlib.crc32(body))


@pytest.mark.parametrize("data", [b"", b"no zip", b"PK\5\6" + bytes(10)])
def test_what_is_no_zip_is_unreadable(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "package.imscc"
    path.write_bytes(data)
    with pytest.raises(UnreadablePackage):
        PackageReader.open(path)


def test_a_zip_without_a_manifest_is_unreadable() -> None:
    with pytest.raises(UnreadablePackage, match=r"imsmanifest\.xml"):
        PackageReader.open(a_zip(("a.txt", b"x"), manifest=None))


@given(st.binary(max_size=400), st.data())
def test_a_zip_with_any_bytes_changed_is_read_or_refused_and_never_crashes(noise: bytes, data: st.DataObject) -> None:
    whole = bytearray(a_zip(("a.txt", b"hello " * 20), ("b/c.xml", b"<a/>")).getvalue())
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at : at + len(noise)] = noise
    try:
        with PackageReader.open(io.BytesIO(bytes(whole))) as reader:
            for name in reader.names:
                reader.read(name)
    except (HostilePackage, UnreadablePackage):
        pass


def test_a_manifest_alone_is_a_package_of_one_member(tmp_path: Path) -> None:
    path = tmp_path / "course.xml"
    path.write_text('<?xml version="1.0"?><!-- thin --><x:manifest xmlns:x="urn:x"/>')
    with PackageReader.open(path) as reader:
        assert reader.names == ("imsmanifest.xml",)
        assert reader.read("imsmanifest.xml") == path.read_bytes()
    with pytest.raises(HostilePackage, match="larger than"):
        PackageReader.open(path, Limits(document_bytes=20))


@pytest.mark.parametrize("text", ["<html><body>manifest</body></html>", "manifest", "<questestinterop/>", "<"])
def test_any_other_document_alone_is_unreadable(text: str, tmp_path: Path) -> None:
    path = tmp_path / "course.xml"
    path.write_text(text)
    with pytest.raises(UnreadablePackage):
        PackageReader.open(path)


def test_a_member_is_checked_to_its_end_without_being_kept() -> None:
    reader = PackageReader.open(lying(a_zip(("film.mp4", b"frame " * 200)), b"film.mp4", 7))
    with pytest.raises(HostilePackage) as refused:
        reader.check("film.mp4")
    assert refused.value.item == "film.mp4"
    opened(("film.mp4", b"frame " * 200)).check("film.mp4")


def test_entries_are_counted_in_a_zip64_directory_and_behind_a_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 100)  # the end of 65,536 entries, for fewer
    buffer = a_zip(*((str(number), b"") for number in range(199)))
    assert b"PK\6\6" in buffer.getvalue()
    assert count_entries(buffer, 1000) == count_entries(buffer, 200) == 200
    assert count_entries(buffer, 199) == 200
    assert count_entries(buffer, 100) == 101
    assert count_entries(io.BytesIO(b"prefix" + a_zip(("a", b"")).getvalue()), 100) == 2


@needs_shared
def test_the_entries_of_real_packages_are_all_read() -> None:
    reader = PackageReader.open(package("whatthebackslash.zip"))
    assert "messaging/why oh why.txt" in reader
    with (
        PackageReader.open(package("allyworkshop.imscc")) as whole,
        zipfile.ZipFile(package("allyworkshop.imscc")) as independent,
    ):
        assert {name: whole.read(name) for name in whole.names} == {
            name: independent.read(name) for name in independent.namelist() if not name.endswith("/")
        }
