"""Processes of the last release and of this one share a database, and no request and no export is lost.

`make upgrade-test` upgrades a running system, under load (tests/chaos/test_upgrade.py).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.client import Client
from tests.support.export_load import ExportLoad
from tests.support.last_release import errors_of, last_release, running_last_release
from tests.support.stack import Stack

EXPORTS = 24
# Not its relay: the events that it publishes have the form of that release.
MODULES = ("services.gateway", "services.cartridge", "services.qti", "services.zip", "services.janitor")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("last-release")


def test_the_last_release_and_this_one_run_side_by_side_without_a_failed_request_or_a_lost_export(
    stack: Stack, admin: Client, sample: int, folder: Path, tmp_path: Path
) -> None:
    # Its processes still migrate: they need the owner of the tables.
    env = {**stack.system.processes.env, "DATABASE_URL": stack.database_url}
    with running_last_release(last_release(), folder, MODULES, env) as earlier:
        load = ExportLoad(sample, tmp_path, [admin, Client(earlier.url("gateway"), admin.token)])
        load.run(range(EXPORTS))
        pids = {child.pid for child in earlier.children.values()}
    assert load.failures == []
    assert len(set(load.exported)) == EXPORTS
    rows = stack.query("SELECT worker FROM content_exports WHERE id = ANY($1::bigint[])", load.exported)
    by_earlier = [row["worker"] for row in rows if int(row["worker"].split(":")[1]) in pids]
    assert 0 < len(by_earlier) < EXPORTS, "each release has built some"
    assert errors_of(earlier) == []
