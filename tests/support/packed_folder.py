"""Packages that are kept unpacked under tests/data, so that a person can read what they hold."""

from __future__ import annotations

import zipfile
from pathlib import Path

DATA = Path(__file__).parents[1] / "data"


def packed(name: str, target: Path) -> Path:
    """The folder of this name as a zip, its manifest first."""
    folder = DATA / name
    members = [path for path in folder.rglob("*") if path.is_file() and path.name != "README.md"]
    members.sort(key=lambda path: (path.name != "imsmanifest.xml", path))
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in members:
            archive.write(path, path.relative_to(folder).as_posix())
    return target
