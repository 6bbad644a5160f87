"""What a load of a package would do: the package is read as for a load, and nothing is written."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from shared.domain.advice import advice
from shared.domain.report import ItemWarning
from shared.formats.importing import Importing
from shared.formats.limits import Limits
from shared.intake.reading import read_into


@dataclass(frozen=True, slots=True)
class Checked:
    """The kind of a package, and the objects that a load of it would create."""

    package: str
    objects: dict[str, int]  # by kind, the number of objects that would come in
    files_bytes: int
    warnings: list[ItemWarning]

    def to_json(self) -> dict[str, Any]:
        """As JSON data; `left_out` are the warnings of what would not come in, `warnings` all others."""
        left_out = [warning for warning in self.warnings if advice(warning.code).loses]
        others = [warning for warning in self.warnings if not advice(warning.code).loses]
        return {
            "package": self.package,
            "objects": self.objects,
            "bytes_of_files": self.files_bytes,
            "left_out": msgspec.to_builtins(left_out),
            "warnings": msgspec.to_builtins(others),
        }


def check(path: Path, limits: Limits, site: str = "", *, is_course: bool = True) -> Checked:
    """Read a package or a folder. Raises UnreadablePackage and HostilePackage, as a load of it would."""
    importing = Importing(course_id=1, next_id=itertools.count(1).__next__, site=site)
    read_into(importing, path, limits, _keep_nothing, is_course=is_course)
    counts = {kind.value: len(items) for kind, items in sorted(importing.objects.items()) if items}
    files_bytes = sum(member.size for member in importing.files.values())
    return Checked(importing.package, counts, files_bytes, importing.warnings)


def _keep_nothing(_: Callable[[str], Iterator[bytes]]) -> None:
    """The bytes of files are checked where they are, and stay there."""
