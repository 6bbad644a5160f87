"""Packages in the form of one system are recognised by their public marks, and named in a sentence."""

from __future__ import annotations

import gzip
import io
import itertools
import tarfile
import zipfile
from pathlib import Path

import pytest

from shared.domain.errors import UnreadablePackage
from shared.formats.cartridge.read import read
from shared.formats.importing import Importing
from shared.formats.imscp import moodle
from shared.formats.imscp.package_reader import PackageReader

MANIFEST = """<manifest identifier="m" {namespace}><metadata>{schema}</metadata><organizations><organization identifier="o">
<item identifier="i" identifierref="r"><title>Light</title></item></organization></organizations>
<resources><resource identifier="r" type="webcontent" href="a.html"><file href="a.html"/></resource></resources></manifest>"""
CARTRIDGE = "<schema>IMS Common Cartridge</schema><schemaversion>1.1.0</schemaversion>"
BLACKBOARD = 'xmlns:bb="http://www.blackboard.com/content-packaging/"'
D2L = 'xmlns:d2l_2p0="http://desire2learn.com/xsd/d2lcp_v2p0"'


def zipped(members: dict[str, str]) -> io.BytesIO:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, text in members.items():
            archive.writestr(path, text)
    buffer.seek(0)
    return buffer


def loaded(namespace: str = "", schema: str = "", **members: str) -> Importing:
    manifest = MANIFEST.format(namespace=namespace, schema=schema)
    importing = Importing(course_id=1, next_id=itertools.count(1).__next__)
    with PackageReader.open(zipped({"imsmanifest.xml": manifest, "a.html": "<p>x</p>", **members})) as package:
        return read(package, importing)


@pytest.mark.parametrize(
    ("namespace", "members", "name"),
    [
        (BLACKBOARD, {}, "native package of Blackboard Learn"),
        ("", {".bb-package-info": "#Bb PackageInfo Property File"}, "native package of Blackboard Learn"),
        (D2L, {}, "native package of D2L Brightspace"),
        ('xmlns:webct="http://www.webct.com/xsd/cisv3"', {}, "native package of WebCT"),
        ('xmlns:a="http://www.angellearning.com/xsd/x"', {}, "native package of ANGEL"),
    ],
)
def test_a_native_package_is_named_and_read_as_a_content_package(
    namespace: str, members: dict[str, str], name: str
) -> None:
    importing = loaded(namespace, **members)
    assert importing.package == name
    (sentence,) = [w.message for w in importing.warnings if w.code == "native_package"]
    assert sentence.startswith(f"This is a {name}. ")
    assert [item.label for items in importing.objects.values() for item in items if item.label == "Light"]


@pytest.mark.parametrize(
    ("namespace", "schema", "package"),
    [
        (D2L, CARTRIDGE, "Common Cartridge 1.1.0"),
        ("", CARTRIDGE, "Common Cartridge 1.1.0"),
        ("", "", "IMS content package"),
    ],
)
def test_other_packages_are_what_they_state(namespace: str, schema: str, package: str) -> None:
    importing = loaded(namespace, schema)
    assert importing.package == package
    assert "native_package" not in {w.code for w in importing.warnings}


def tar_of(*names: str, form: int = tarfile.USTAR_FORMAT) -> io.BytesIO:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as archive:
        for name in names:
            header = tarfile.TarInfo(name)
            header.mtime, header.size = 0.5, 3
            archive.addfile(header, io.BytesIO(b"<x>"))
    return io.BytesIO(gzip.compress(buffer.getvalue()))


def tar_with(kind: bytes, content: bytes) -> io.BytesIO:
    """A tar archive that begins with a header of a kind, and the content of that header."""
    header = tarfile.TarInfo("header")
    header.type, header.size = kind, len(content)
    blocks = header.tobuf(tarfile.USTAR_FORMAT) + content + bytes(-len(content) % tarfile.BLOCKSIZE)
    return io.BytesIO(gzip.compress(blocks))


QUIZ = '<questestinterop><assessment ident="a" title="T"><section ident="s"/></assessment></questestinterop>'


@pytest.mark.parametrize(
    ("backup", "sentence"),
    [
        (zipped({"moodle_backup.xml": "<moodle_backup/>", "course/course.xml": "<course/>"}), "a Moodle backup"),
        (zipped({"moodle.xml": "<MOODLE_BACKUP/>"}), "a Moodle backup"),
        (tar_of(".ARCHIVE_INDEX"), "a Moodle backup"),
        (tar_of("files.xml", "a/quiz.xml", "moodle_backup.xml"), "a Moodle backup"),
        (tar_of("./course/course.xml", "./moodle_backup.xml"), "a Moodle backup"),
        (tar_of("x" * 120, "moodle_backup.xml", form=tarfile.PAX_FORMAT), "a Moodle backup"),
        (tar_of("x" * 120, "moodle_backup.xml", form=tarfile.GNU_FORMAT), "a Moodle backup"),
        (zipped({"backup-1/moodle_backup.xml": "<m/>", "backup-1/files.xml": "<f/>"}), "a Moodle backup"),
        (zipped({"moodle_backup.xml": "<m/>", "activities/quiz.xml": QUIZ}), "a Moodle backup"),
        (tar_of("other.txt"), "not a zip"),
        (tar_of("a/b/moodle_backup.xml"), "not a zip"),
        (tar_with(tarfile.XHDTYPE, b"9" * 1_000_000), "not a zip"),
        (tar_with(tarfile.GNUTYPE_LONGNAME, b"9" * 1_000_000), "not a zip"),
        (io.BytesIO(b"\x1f\x8bnonsense"), "not a zip"),
        (zipped({"a.txt": "x"}), "holds no imsmanifest.xml"),
    ],
    ids=[
        *("zip", "old", "tar", "late", "with dots", "pax", "gnu", "in a folder", "with quizzes"),
        *("other tar", "deep", "digits", "long name", "damaged", "no package"),
    ],
)
def test_a_moodle_backup_is_refused_with_a_sentence(backup: io.BytesIO, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "backup.mbz"
    path.write_bytes(backup.getvalue())
    with pytest.raises(UnreadablePackage, match=sentence):
        PackageReader.open(path)


def test_a_tar_archive_is_searched_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A compressed archive may unpack to a thousand times its bytes."""
    archive = tar_of(*map(str, range(9)), "moodle_backup.xml")
    assert moodle.is_tar_backup(archive)
    for bound, value in (("_MEMBERS", 9), ("_UNPACKED_BYTES", 9 * 1024 - 512), ("_COMPRESSED_BYTES", 60)):
        with monkeypatch.context() as patched:
            patched.setattr(moodle, bound, value)
            assert not moodle.is_tar_backup(archive)


def test_quizzes_beside_exported_questions_of_moodle_are_taken_in() -> None:
    with PackageReader.open(zipped({"moodle.xml": "<quiz/>", "quiz.xml": QUIZ})) as package:
        assert set(package.names) == {"moodle.xml", "quiz.xml"}
