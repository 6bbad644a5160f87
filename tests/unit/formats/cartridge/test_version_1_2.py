"""Common Cartridge 1.2: the names of its manifest, its resources and its documents, for Canvas and for other readers."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from lxml import etree

from shared.domain.packages.package_options import Target
from tests.support.roundtrip import Loaded, export, load
from tests.support.shared import REPOSITORY

TYPES = {
    *("webcontent", "imsdt_xmlv1p2", "imswl_xmlv1p2", "imsbasiclti_xmlv1p0"),
    "imsqti_xmlv1p2/imscc_xmlv1p2/assessment",
}
OF_CANVAS = "associatedcontent/imscc_xmlv1p2/learning-application-resource"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"


@pytest.fixture(scope="module")
def sample() -> Loaded:
    return load(REPOSITORY / "deploy/sample")


def exported(sample: Loaded, out: Path, target: Target, version: str = "1.2") -> dict[str, bytes]:
    export(sample, out, version, target=target)
    with zipfile.ZipFile(out) as package:
        return {name: package.read(name) for name in package.namelist()}


@pytest.mark.parametrize(("target", "more"), [(Target.CANVAS, {OF_CANVAS}), (Target.GENERIC, set())])
def test_every_name_is_that_of_version_1_2(sample: Loaded, target: Target, more: set[str], tmp_path: Path) -> None:
    found = exported(sample, tmp_path / "out.imscc", target)
    manifest = etree.fromstring(found["imsmanifest.xml"])
    assert etree.QName(manifest).namespace == "http://www.imsglobal.org/xsd/imsccv1p2/imscp_v1p1"
    assert manifest.findtext("{*}metadata/{*}schemaversion") == "1.2.0"
    assert {resource.get("type") for resource in manifest.iter("{*}resource")} == TYPES | more
    locations = [(etree.fromstring(b).get(XSI) or "").split() for n, b in found.items() if n.endswith(".xml")]
    cc = [one for location in locations for one in location if "/imscc" in one or "/profile/cc/" in one]
    assert {
        "http://www.imsglobal.org/xsd/imsccv1p2/imsdt_v1p2",
        "http://www.imsglobal.org/xsd/imsccv1p2/imswl_v1p2",
    } <= {*cc}
    assert [one for one in cc if "v1p2" not in one.rpartition("/")[0]] == []


@pytest.mark.parametrize("target", list(Target))
def test_it_holds_what_a_cartridge_of_version_1_1_holds(sample: Loaded, target: Target, tmp_path: Path) -> None:
    newer = exported(sample, tmp_path / "newer.imscc", target)
    older = exported(sample, tmp_path / "older.imscc", target, "1.1")
    assert [*newer] == [*older]
    renamed = {name: body.replace(b"v1p2", b"v1p1").replace(b">1.2.0<", b">1.1.0<") for name, body in newer.items()}
    assert renamed == {name: body.replace(b"v1p2", b"v1p1") for name, body in older.items()}


def test_the_export_of_its_export_is_the_same_package(sample: Loaded, tmp_path: Path) -> None:
    once, again = tmp_path / "once.imscc", tmp_path / "again.imscc"
    export(sample, once, "1.2")
    export(load(once), again, "1.2")
    assert again.read_bytes() == once.read_bytes()
