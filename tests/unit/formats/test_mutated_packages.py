"""Real packages with seeded faults: refused, or taken in with warnings and exported again; never a crash."""

from __future__ import annotations

import os
import random
import zipfile
from collections import Counter
from functools import cache
from pathlib import Path

import msgspec
import pytest

from deploy.stack.checkout import ROOT
from shared.domain.errors import HostilePackage, UnreadablePackage
from tests.support import roundtrip
from tests.support.mutation import mutated
from tests.support.shared import CORPORA, needs_shared

ROUNDS = int(os.environ.get("MUTATIONS", "40"))  # set it higher to search for longer
BIGGEST = 100_000  # bytes: larger packages take long and hold nothing that smaller ones do not
OWN = (ROOT / "deploy" / "sample", ROOT / "tests" / "data" / "lti_course")

pytestmark = [needs_shared, pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")]


@cache
def packages(folder: Path) -> dict[str, dict[str, bytes]]:
    """The members of real packages of other hands, and of our own courses as both versions."""
    paths = {path.name: path for path in sorted(CORPORA.glob("*/*")) if path.suffix in (".imscc", ".zip")}
    found = {name: path for name, path in paths.items() if path.stat().st_size <= BIGGEST}
    for source in OWN:
        for version in ("1.1", "1.3"):
            found[f"{source.name} {version}"] = folder / f"{source.name}-{version}.imscc"
            roundtrip.export(roundtrip.load(source), found[f"{source.name} {version}"], version)
    return {name: _members(path) for name, path in found.items()}


def _members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if not name.endswith(("/", "\\"))]
        return {name.replace("\\", "/"): archive.read(name) for name in names}


def outcome(data: bytes, folder: Path, version: str) -> str:
    """What comes of a package: refused, or taken in, storable, and exported in a way that can be read again."""
    path, out = folder / "mutated.imscc", folder / "again.imscc"
    path.write_bytes(data)
    try:
        loaded = roundtrip.load(path)
    except (HostilePackage, UnreadablePackage) as refusal:
        return type(refusal).__name__
    for items in loaded.importing.objects.values():
        for item in items:
            assert b"\\u0000" not in msgspec.json.encode(item.to_json())
    for export_type in ("common_cartridge", "qti"):
        roundtrip.export(loaded, out, version, export_type=export_type)
        roundtrip.load(out)
    return "warned" if loaded.importing.warnings else "whole"


def test_a_package_with_any_fault_is_refused_or_taken_in_and_never_crashes(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("mutated")
    whole = packages(folder)
    outcomes: Counter[str] = Counter()
    for seed in range(ROUNDS):
        chance = random.Random(seed)
        name, version = chance.choice(sorted(whole)), chance.choice(["1.1", "1.3"])
        try:
            outcomes[outcome(mutated(whole[name], chance), folder, version)] += 1
        except Exception as error:
            raise AssertionError(f"seed {seed}, {name}, version {version}") from error
    assert outcomes.keys() == {
        "whole",
        "warned",
        "UnreadablePackage",
        "HostilePackage",
    }  # the faults are of every weight
