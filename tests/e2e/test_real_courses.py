"""Real Canvas exports through the whole system: loaded, exported in all three formats, checked by independent tools."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.client import Client
from tests.support.shared import SHARED, needs_shared, package
from tests.unit.formats.test_round_trips import FLOORS


def tool(name: str, *words: str) -> Any:
    command = [sys.executable, str(SHARED / "tools" / f"{name}.py"), *words, "--json"]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=False).stdout)


def errors(path: Path) -> dict[str, int]:
    return dict(tool("check_package", str(path))[0]["errors"])


@needs_shared
@pytest.mark.parametrize("name", FLOORS)
def test_a_canvas_export_goes_in_and_all_three_packages_come_out(
    admin: Client, load: Callable[[Path], dict[str, Any]], name: str, tmp_path: Path
) -> None:
    source = package(name)
    course = load(source)["course_id"]
    version = "1.3" if b"1.3.0" in zipfile.ZipFile(source).read("imsmanifest.xml")[:3000] else "1.1"
    out = {}
    for export_type in ("common_cartridge", "qti", "zip"):
        options = {"version": version} if export_type == "common_cartridge" else {}
        done = admin.exported(course, export_type, **options)
        out[export_type] = admin.download(done, tmp_path / done["attachment"]["filename"])
    assert tool("compare_packages", str(source), str(out["common_cartridge"]))["kept"] >= FLOORS[name]
    of_source = errors(source)
    assert all(count <= of_source.get(code, 0) for code, count in errors(out["common_cartridge"]).items())
    # Quizzes alone may link to objects of the course that are not among them; and their manifest has, as in Canvas, the
    # namespace of Common Cartridge without being one.
    assert set(errors(out["qti"])) <= {"links.object", "schema.manifest"}
    assert zipfile.ZipFile(out["zip"]).testzip() is None
