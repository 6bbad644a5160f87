"""The running system exports the sample as a cartridge for other readers, through HTTP, as the official schemas see it."""

from __future__ import annotations

from pathlib import Path

from tests.support.client import Client
from tests.support.package_checkers import errors
from tests.support.shared import needs_shared

GENERIC = {"target": "generic"}


@needs_shared
def test_a_generic_cartridge_is_verified_valid_and_names_what_it_lacks_as_its_dry_run_does(
    admin: Client, sample: int, tmp_path: Path
) -> None:
    body = {"export_type": "common_cartridge", "dry_run": True, **GENERIC}
    plan = admin.http.post(f"/api/v1/courses/{sample}/content_exports", json=body).json()
    done = admin.exported(sample, "common_cartridge", **GENERIC)
    report = admin.report(done)
    assert (report["verification"]["passed"], report["verification"]["findings"]) == (True, [])
    assert errors(admin.download(done, tmp_path / "course.imscc")) == {}
    planned, reported = ([(w["code"], w["message"]) for w in source["warnings"]] for source in (plan, report))
    assert planned == reported
    assert {"kind_not_expressed", "settings_not_expressed", "question_not_expressed"} <= {code for code, _ in planned}
