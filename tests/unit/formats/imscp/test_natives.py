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


def tar_of(name: str) -> io.BytesIO:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(tarfile.TarInfo(name))
    return io.BytesIO(gzip.compress(buffer.getvalue()))


@pytest.mark.parametrize(
    ("backup", "sentence"),
    [
        (zipped({"moodle_backup.xml": "<moodle_backup/>", "course/course.xml": "<course/>"}), "a Moodle backup"),
        (zipped({"moodle.xml": "<MOODLE_BACKUP/>"}), "a Moodle backup"),
        (tar_of(".ARCHIVE_INDEX"), "a Moodle backup"),
        (tar_of("other.txt"), "not a zip"),
        (io.BytesIO(b"\x1f\x8bnonsense"), "not a zip"),
        (zipped({"a.txt": "x"}), "holds no imsmanifest.xml"),
    ],
    ids=["zip", "old", "tar", "other tar", "damaged", "no package"],
)
def test_a_moodle_backup_is_refused_with_a_sentence(backup: io.BytesIO, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "backup.mbz"
    path.write_bytes(backup.getvalue())
    with pytest.raises(UnreadablePackage, match=sentence):
        PackageReader.open(path)
