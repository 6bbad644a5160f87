"""Identifiers that the manifest of an export has already: the objects of such packages stay what they are."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from shared.domain.kinds import Kind
from tests.support import roundtrip

MANIFEST = """<manifest identifier="manifest"><metadata><schema>IMS Common Cartridge</schema>
<schemaversion>1.1.0</schemaversion></metadata><organizations><organization identifier="o"><item>
<item identifier="{module}"><title>{title}</title>
<item identifier="{item}" identifierref="r1"><title>{title}</title></item></item></item></organization></organizations>
<resources><resource identifier="r1" type="webcontent" href="a.txt"><file href="a.txt"/></resource>
<resource identifier="r2" type="webcontent" href="b.txt"><file href="b.txt"/></resource></resources></manifest>"""


@pytest.mark.parametrize("taken", ["org_1", "LearningModules", "manifest", "r1", "r2"])
@pytest.mark.parametrize("which", ["module", "item"])
@pytest.mark.parametrize("title", ["Week", ""])
def test_an_object_that_is_called_like_a_part_of_the_manifest_comes_back_once(
    tmp_path: Path, which: str, taken: str, title: str
) -> None:
    source, once, again = (tmp_path / name for name in ("source.imscc", "once.imscc", "again.imscc"))
    with zipfile.ZipFile(source, "w") as package:
        names = {"module": "m", "item": "i", "title": title, which: taken}
        package.writestr("imsmanifest.xml", MANIFEST.format(**names))
        package.writestr("a.txt", "a")
        package.writestr("b.txt", "b")
    roundtrip.export(roundtrip.load(source), once)
    loaded = roundtrip.load(once)
    assert [len(loaded.importing.all(kind)) for kind in (Kind.MODULES, Kind.MODULE_ITEMS)] == [1, 1]
    roundtrip.export(loaded, again)
    assert again.read_bytes() == once.read_bytes()
