"""Real Canvas exports through the content model and out again, judged by tools that share no code with ours."""

from __future__ import annotations

import importlib.util
from collections import Counter
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from tests.support import roundtrip
from tests.support.shared import CORPORA, SHARED, needs_shared, package

# What a package keeps at least, of the facts that the comparing tool finds in it. Two were edited by hand until they
# contradicted themselves: course-1 lists files that it does not hold and two orders of one module, latex names a file
# and documents that it does not hold.
FLOORS = {
    "FA17AC106M_9511_Air_Conditioning_Service.imscc": 1.0,
    "all-question-types.imscc": 1.0,
    "allyworkshop.imscc": 1.0,
    "assignment-rubrics.imscc": 1.0,
    "canvas-fall-spring-template-export.imscc": 1.0,
    "canvas-summer-template-export.imscc": 1.0,
    "cc-with-modules-export.imscc": 1.0,
    "cc-without-modules-export.imscc": 1.0,
    "course-1.imscc": 0.938,
    "course-with-associated-content-assignments.imscc": 1.0,
    "empty.imscc": 1.0,
    "grouptest.zip": 1.0,
    "latex.imscc": 0.9,
    "modules.imscc": 1.0,
    "qti-gem-canvas_cartridge.imscc": 1.0,
    "qti-gem-test_imscc_canvas.imscc": 1.0,
    "single-assignment.imscc": 1.0,
    "single-discussion.imscc": 1.0,
    "single-page.imscc": 1.0,
}
OTHERS = sorted(p for p in CORPORA.glob("*/*") if p.suffix in (".imscc", ".zip") and p.name not in FLOORS)


@cache
def tool(name: str) -> ModuleType:
    """One of the shared tools, as a module."""
    spec = importlib.util.spec_from_file_location(name, SHARED / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def schemas() -> object:
    return tool("check_package").load_schemas(str(SHARED / "schemas" / "ccv1p1"))


def errors(path: Path) -> Counter[str]:
    """How often the checking tool finds each error."""
    return Counter(code for code, _ in tool("check_package").check(str(path), schemas())[0])


def kept(source: Path, out: Path) -> tuple[float, list[object]]:
    """The share of the facts of `source` that are in `out`, and those that are not."""
    there, here = (Counter(tool("compare_packages").facts_of(str(path))) for path in (source, out))
    lost = there - here
    return 1 - lost.total() / there.total(), list(lost)


@needs_shared
@pytest.mark.parametrize("name", FLOORS)
def test_a_canvas_export_comes_back_as_it_was_and_no_worse(name: str, tmp_path: Path) -> None:
    source, out = package(name), tmp_path / "again.imscc"
    loaded = roundtrip.load(source)
    report = roundtrip.export(loaded, out, roundtrip.version_of(source))
    share, lost = kept(source, out)
    assert share >= FLOORS[name], lost[:20]
    assert errors(out) <= errors(source)
    missing = [w for w in report.warnings if w.code not in ("link_target_missing", "file_missing")]
    assert missing == []


@needs_shared
@pytest.mark.parametrize("name", ["allyworkshop.imscc", "modules.imscc", "course-1.imscc"])
def test_what_was_exported_once_comes_back_whole(name: str, tmp_path: Path) -> None:
    once, twice = tmp_path / "once.imscc", tmp_path / "twice.imscc"
    roundtrip.export(roundtrip.load(package(name)), once)
    roundtrip.export(roundtrip.load(once), twice)
    assert kept(once, twice) == (1.0, [])


@needs_shared
@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.name)
def test_every_other_package_is_read_and_exported_without_new_errors(path: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.imscc"
    loaded = roundtrip.load(path)
    roundtrip.export(loaded, out, roundtrip.version_of(path))
    found = errors(out) - errors(path)
    del found["links.file"], found["links.object"]  # a reference that its package spelled in its own way stays dangling
    assert not found
    assert loaded.importing.course is not None
