"""Approved packages, unpacked under tests/golden, so that a change of format is a readable diff.

    make golden          write them anew, then read the diff

A folder a package. `members.txt` lists every member in its order. Those that are made here lie beside it as files; of
course files the list has the SHA-256; those that are as in another golden package are only named with it.
"""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass

from shared.domain.packages.package_options import Target
from shared.domain.stored_file import StoredFile
from shared.formats.entry import Entry
from tests.support.roundtrip import load, members, packing
from tests.support.shared import REPOSITORY

GOLDEN = REPOSITORY / "tests" / "golden"
LIST = "members.txt"


@dataclass(frozen=True, slots=True)
class Golden:
    """A package: of which course, of which type and version. `like` is the one that it may share members with."""

    name: str
    course: str
    export_type: str = "common_cartridge"
    version: str = "1.1"
    like: str | None = None
    target: Target = Target.CANVAS


PACKAGES = (
    Golden("sample-cartridge-1.1", "deploy/sample"),
    Golden("sample-cartridge-1.3", "deploy/sample", version="1.3", like="sample-cartridge-1.1"),
    Golden("sample-cartridge-generic", "deploy/sample", target=Target.GENERIC),
    Golden("sample-qti-1.2", "deploy/sample", "qti", "1.2"),
    Golden("lti-cartridge-1.1", "tests/data/lti_course"),
    Golden("lti-cartridge-1.3", "tests/data/lti_course", version="1.3", like="lti-cartridge-1.1"),
)


def entries(golden: Golden) -> list[Entry]:
    """The members of the package, as they are written now."""
    work = packing(
        load(REPOSITORY / golden.course), golden.version, export_type=golden.export_type, target=golden.target
    )
    return list(members(work))


def unpacked(golden: Golden) -> dict[str, bytes]:
    """The files of the folder, by their paths in it, as they should be now."""
    others = {}
    if golden.like is not None:
        like = next(other for other in PACKAGES if other.name == golden.like)
        others = {entry.path: entry.body for entry in entries(like)}
    lines, files = [], {}
    for entry in entries(golden):
        if isinstance(entry.body, StoredFile):
            lines.append(f"{entry.path}  sha256 {entry.body.sha256}")
        elif entry.path.endswith("/"):
            lines.append(entry.path)
        elif others.get(entry.path) == entry.body:
            lines.append(f"{entry.path}  as in {golden.like}")
        else:
            lines.append(entry.path)
            files[entry.path] = entry.body
    return {LIST: "".join(f"{line}\n" for line in lines).encode(), **files}


def kept(golden: Golden) -> dict[str, bytes]:
    """The files of the folder as they were approved."""
    folder = GOLDEN / golden.name
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def main() -> None:
    """Write every package anew."""
    for golden in PACKAGES:
        shutil.rmtree(GOLDEN / golden.name, ignore_errors=True)
        for path, body in unpacked(golden).items():
            target = GOLDEN / golden.name / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(body)
        sys.stdout.write(f"{golden.name}\n")


if __name__ == "__main__":
    main()
