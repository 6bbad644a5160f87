"""The sample course as a cartridge for readers other than Canvas, read back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shared.domain.kinds import Kind
from shared.domain.packages.package_options import Target
from tests.support.roundtrip import export, load
from tests.support.shared import REPOSITORY


@pytest.mark.parametrize("version", ["1.1", "1.3"])
def test_the_sample_is_verified_and_read_back_with_its_content(version: str, tmp_path: Path) -> None:
    loaded = load(REPOSITORY / "deploy/sample")
    report = export(loaded, tmp_path / "out.imscc", version, target=Target.GENERIC)
    again = load(tmp_path / "out.imscc").course

    def titles(course: Any, kind: Kind) -> list[str]:
        return sorted(ref.title for ref in course.refs(kind))

    for kind in (Kind.PAGES, Kind.QUIZZES):
        assert len(titles(again, kind)) == report.packed[kind], kind
    assert len(titles(again, Kind.MODULES)) == report.packed[Kind.MODULES] + 1
    talks = report.packed[Kind.DISCUSSION_TOPICS] + report.packed[Kind.ANNOUNCEMENTS]
    assert len(titles(again, Kind.DISCUSSION_TOPICS)) == talks
    if version == "1.3":
        assert len(titles(again, Kind.ASSIGNMENTS)) == report.packed[Kind.ASSIGNMENTS]
