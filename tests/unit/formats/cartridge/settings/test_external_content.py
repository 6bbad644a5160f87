from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from deploy.stack.checkout import ROOT
from shared.domain.content.course import Course
from shared.formats.cartridge.settings import external_content
from shared.formats.imscp.package_reader import MANIFEST
from shared.formats.verification.manifest import check_manifest, read_manifest
from tests.support.formats import a_packing
from tests.support.roundtrip import export, load

TEXT = b'\xef\xbb\xbf{"b": [1.0,\t2],\r\n "a": "\\u0000 $canvas_assignment_id \xc3\xa9"}\n\n'
MEMBER = "external_content/outcomes.json"


def with_members(source: Path, target: Path, members: dict[str, bytes]) -> Path:
    """A copy of a package with more members."""
    with zipfile.ZipFile(source) as package, zipfile.ZipFile(target, "w") as copy:
        for name in package.namelist():
            copy.writestr(name, package.read(name))
        for name, body in members.items():
            copy.writestr(name, body)
    return target


@pytest.fixture(scope="module")
def cartridge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("cartridge") / "course.imscc"
    export(load(ROOT / "tests/data/lti_course"), out)
    return out


def test_the_json_of_other_services_comes_back_byte_for_byte_and_is_named_once(cartridge: Path, tmp_path: Path) -> None:
    source = with_members(cartridge, tmp_path / "source.imscc", {MEMBER: TEXT, "external_content/a.json": b"[]"})
    loaded, again = load(source), tmp_path / "again.imscc"
    carried = [warning.place for warning in loaded.importing.warnings if warning.code == "carried_unknown"]
    assert carried == [MEMBER, "external_content/a.json"]
    assert [warning.code for warning in loaded.importing.warnings if warning.code == "member_not_mapped"] == []
    export(loaded, again)
    with zipfile.ZipFile(again) as package:
        assert package.read(MEMBER) == TEXT
        assert package.read("external_content/a.json") == b"[]"
        manifest = read_manifest([package.read(MANIFEST)], package.namelist())
    assert [*check_manifest(manifest)] == []


@pytest.mark.parametrize(
    ("member", "body"),
    [
        ("external_content/latin.json", b'"\xe9"'),
        ("external_content/deep/er.json", b"1"),
        ("external_content/large.json", b"0" * 4_000_001),
    ],
)
def test_what_cannot_be_carried_of_it_is_named(cartridge: Path, tmp_path: Path, member: str, body: bytes) -> None:
    loaded = load(with_members(cartridge, tmp_path / "source.imscc", {member: body}))
    assert [w.place for w in loaded.importing.warnings if w.code == "member_not_mapped"] == [member]
    assert loaded.course.course.external_content is None


def test_a_name_from_a_caller_cannot_leave_its_folder() -> None:
    packing = a_packing(course=Course(id=1, external_content={"../../evil": "{}"}))
    assert [entry.path for entry in external_content.write(packing)] == ["external_content/.._.._evil.json"]
