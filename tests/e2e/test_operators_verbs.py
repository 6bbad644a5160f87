"""`make smoke` and `make status` on a running system."""

from __future__ import annotations

import urllib.error
import urllib.request

from deploy.stack.service_processes import SERVICES
from deploy.verbs.figures import status
from deploy.verbs.smoke import smoke
from deploy.verbs.targets import NativeTarget
from tests.support.client import Client
from tests.support.stack import Stack


def test_the_smoke_test_loads_exports_verifies_and_deletes(stack: Stack, admin: Client) -> None:
    lines = list(smoke(stack.base_url, admin.token))
    assert [line.partition(":")[0] for line in lines[1:]] == ["common_cartridge", "qti", "zip"]
    assert all("verified" in line for line in lines[1:])
    course = lines[0].rpartition(" ")[2]
    rows = stack.query("SELECT workflow_state FROM content_exports WHERE context_id = $1", int(course))
    assert [row["workflow_state"] for row in rows] == ["deleted"] * 3


def test_the_status_of_a_system_that_is_well_has_each_process_with_its_version(stack: Stack) -> None:
    class OfStack(NativeTarget):
        def fetch(self, process: str, path: str) -> str | None:
            try:
                with urllib.request.urlopen(f"{stack.system.processes.ops_url(process)}{path}", timeout=5) as answer:
                    return str(answer.read().decode())
            except urllib.error.URLError:
                return None

    lines, well = status(OfStack())
    assert well, lines
    assert {line.split()[0] for line in lines[: len(SERVICES)]} == {service.name for service in SERVICES}
    assert all("ready" in line and line.split()[-1][0].isdigit() for line in lines[: len(SERVICES)])
    assert any(line.startswith("free in the store") for line in lines)
