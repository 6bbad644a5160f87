"""Real Canvas exports through the content model and out again, judged by tools that share no code with ours."""

from __future__ import annotations

import zipfile
from collections import Counter
from pathlib import Path

import pytest

from tests.support import roundtrip
from tests.support.package_checkers import errors, share_of_facts_kept
from tests.support.shared import CORPORA, needs_shared, package

# What a package keeps at least, of the facts that the comparing tool finds in it. Two were edited by hand until they
# contradicted themselves: course-1 gives one identifier to an item and a file, and to two files, and lists files that it
# does not hold; latex gives one identifier to two pages, and lists a document that it does not hold.
FLOORS = {
    "FA17AC106M_9511_Air_Conditioning_Service.imscc": 1.0,
    "all-question-types.imscc": 1.0,
    "allyworkshop.imscc": 1.0,
    "assignment-rubrics.imscc": 1.0,
    "canvas-fall-spring-template-export.imscc": 1.0,
    "canvas-summer-template-export.imscc": 1.0,
    "cc-with-modules-export.imscc": 1.0,
    "cc-without-modules-export.imscc": 1.0,
    "course-1.imscc": 0.978,
    "course-with-associated-content-assignments.imscc": 1.0,
    "empty.imscc": 1.0,
    "grouptest.zip": 1.0,
    "latex.imscc": 0.951,
    "modules.imscc": 1.0,
    "qti-gem-canvas_cartridge.imscc": 1.0,
    "qti-gem-test_imscc_canvas.imscc": 1.0,
    "single-assignment.imscc": 1.0,
    "single-discussion.imscc": 1.0,
    "single-page.imscc": 1.0,
}
OTHERS = sorted(p for p in CORPORA.glob("*/*") if p.suffix in (".imscc", ".zip") and p.name not in FLOORS)


@needs_shared
@pytest.mark.parametrize("name", FLOORS)
def test_a_canvas_export_comes_back_as_it_was_and_no_worse(name: str) -> None:
    source = package(name)
    out, report = roundtrip.exported(source, roundtrip.version_of(source))
    share, lost = share_of_facts_kept(source, out)
    assert share >= FLOORS[name], lost[:20]
    assert errors(out) <= errors(source)
    missing = [w for w in report.warnings if w.code not in ("link_target_missing", "file_missing")]
    assert missing == []


@needs_shared
@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.name)
def test_every_other_package_is_read_and_exported_without_new_errors(path: Path) -> None:
    out, _ = roundtrip.exported(path, roundtrip.version_of(path))
    found = errors(out) - errors(path)
    del found["links.file"], found["links.object"]  # a reference that its package spelled in its own way stays dangling
    assert not found
    assert roundtrip.load(path).importing.course is not None


@needs_shared
def test_a_damaged_member_costs_no_more_than_itself(tmp_path: Path) -> None:
    whole = zipfile.ZipFile(package("modules.imscc"))
    names = [name for name in whole.namelist() if name != "imsmanifest.xml"]
    everything = Counter(
        {kind: len(objects) for kind, objects in roundtrip.load(whole.filename or "").importing.objects.items()}
    )
    for damaged in names:
        path = tmp_path / "damaged.imscc"
        with zipfile.ZipFile(path, "w") as archive:
            for name in whole.namelist():
                body = whole.read(name)
                archive.writestr(name, body[: len(body) // 2] if name == damaged else body)
        loaded = roundtrip.load(path)
        lost = everything - Counter({kind: len(objects) for kind, objects in loaded.importing.objects.items()})
        assert lost.total() <= 2, (damaged, lost)  # no member of this package holds more than a quiz and its assignment
