"""`load --check` says what a package is, what would come in and what would not, and writes nothing."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from shared.domain.errors import HostilePackage, UnreadablePackage
from shared.formats.limits import Limits
from shared.intake.check import check
from tests.support.roundtrip import export, load
from tests.support.shared import REPOSITORY

SAMPLE = REPOSITORY / "deploy" / "sample"


def test_a_folder_and_the_package_of_it_hold_the_same_objects(tmp_path: Path) -> None:
    export(load(SAMPLE), tmp_path / "course.imscc")
    folder, package = check(SAMPLE, Limits()), check(tmp_path / "course.imscc", Limits())
    assert (folder.package, package.package) == (
        "folder of REST objects",
        "course export of Canvas, Common Cartridge 1.1.0",
    )
    for kind in ("pages", "quizzes", "files", "module_items"):
        assert folder.objects[kind] == package.objects[kind] > 0
    assert package.files_bytes == folder.files_bytes > 0


def test_what_would_not_come_in_is_listed_apart(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bb.zip", "w") as archive:
        archive.writestr(".bb-package-info", "#Bb PackageInfo Property File")
        archive.writestr("imsmanifest.xml", "<manifest identifier='m'><organizations/><resources/></manifest>")
        archive.writestr("res00001.dat", "<x/>")
    data = check(tmp_path / "bb.zip", Limits()).to_json()
    assert data["package"] == "native package of Blackboard Learn"
    assert "native_package" in [warning["code"] for warning in data["left_out"]]
    assert data["objects"]["files"] == 1


def test_what_a_load_refuses_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("../imsmanifest.xml", "<manifest/>")
    with pytest.raises(HostilePackage):
        check(tmp_path / "x.zip", Limits())
    with pytest.raises(UnreadablePackage):
        check(tmp_path / "missing", Limits())
