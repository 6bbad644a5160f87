"""The directed faults, which `make test` has as well, and the long loops of kills: each row names the tests that inject it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree as ET

from deploy.stack.checkout import ROOT
from tests.chaos.figures import Row

BROKER, LOCKS, STUCK = (
    "tests/integration/test_broker_faults.py",
    "tests/integration/test_held_locks.py",
    "tests/integration/janitor/test_stuck_exports.py",
)
OUTAGES, STALLS = "tests/integration/worker/test_outages.py", "tests/integration/worker/test_stalls.py"
THROUGH = "tests/integration/progress/test_through_the_gateway.py"
KILLED, RELIABILITY = "tests/e2e/test_killed_services.py", "tests/e2e/test_reliability.py"

# A test is a file, or `file::name`.
FAULTS: Mapping[str, tuple[str, ...]] = {
    "a queue is deleted": (
        f"{BROKER}::test_a_consumer_whose_queue_is_deleted_declares_it_again_and_goes_on",
        f"{BROKER}::test_a_request_that_reaches_no_queue_is_not_confirmed",
    ),
    "the broker falls silent": (f"{BROKER}::test_a_broker_that_is_silent_is_given_up_after_its_heartbeats",),
    "a queue has other arguments": (
        f"{BROKER}::test_a_queue_with_other_arguments_is_logged_and_used_and_stops_no_other",
    ),
    "a process freezes with a lock": (LOCKS,),
    "leases lapse, or messages are lost, behind a backlog": (STUCK,),
    "a worker is short of memory, threads or files": (
        f"{OUTAGES}::test_a_worker_that_is_short_of_memory_threads_or_files_fails_no_export",
    ),
    "the store is away or full": (
        f"{OUTAGES}::test_a_store_that_is_away_for_any_time_costs_no_export_and_almost_no_attempt",
        "tests/integration/test_folder_store.py",
        f"{KILLED}::test_a_store_that_takes_no_more_bytes_delays_an_export_and_leaves_no_part",
    ),
    "a read never returns": (STALLS,),
    "a process of `make run` dies; a port is taken": (
        "tests/e2e/test_on_one_machine.py",
        "tests/integration/test_native_servers.py",
    ),
    "a migration meets locks, many rows, older and newer code": (
        "tests/integration/test_postgres_migrate.py",
        "tests/integration/test_service_life.py",
    ),
    "a stored package changes or vanishes": ("tests/integration/janitor/test_scrub.py",),
    "connections to the database are lost": ("tests/integration/test_lost_connections.py",),
    "the progress service freezes": (
        f"{THROUGH}::test_a_frozen_progress_service_costs_a_deadline_and_no_request_for_ever",
        f"{RELIABILITY}::test_a_stream_goes_on_without_gap_or_repeat_when_the_progress_service_is_killed",
    ),
    "a process is killed at its worst moment": (
        KILLED,
        f"{RELIABILITY}::test_an_export_whose_worker_is_killed_is_finished_by_another_attempt",
    ),
    "everything is killed in turn, both servers restart": ("tests/e2e/test_storm.py",),
}
KILLS: Mapping[str, tuple[str, ...]] = {
    "the inbox is killed at every step": (
        "tests/e2e/test_commands.py::test_an_inbox_that_is_killed_at_every_step_creates_each_export_once",
    ),
    "the intake of content is killed": ("tests/chaos/test_killed_intake.py",),
    "a release is upgraded under load": ("tests/chaos/test_upgrade.py",),
    "the notifier of mail is killed": ("tests/chaos/test_mail.py",),
    "the notifier of webhooks is killed": ("tests/chaos/test_webhooks.py",),
}


def run(faults: Mapping[str, tuple[str, ...]], rows: list[Row], **env: str) -> bool:
    """Run the tests of all faults, and add a row for each: its runs are tests. Returns whether all passed."""
    tests = sorted({test for named in faults.values() for test in named})
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        command = [sys.executable, "-m", "pytest", "-s", f"--junitxml={report}", "-o", "junit_family=xunit1", *tests]
        done = subprocess.run(command, cwd=ROOT, env={**os.environ, **env}, check=False)
        cases = [
            (_test_of(case), all(case.find(each) is None for each in ("failure", "error")))
            for case in ET.parse(report).iter("testcase")
        ]
    for fault, named in faults.items():
        found = [passed for test, passed in cases if any(_is_within(test, each) for each in named)]
        rows.append(Row(fault, runs=len(found), failed=found.count(False)))
    return done.returncode == 0


def _test_of(case: ET.Element) -> str:
    """`file::name`, with its parameters."""
    return f"{case.get('file')}::{case.get('name')}"


def _is_within(test: str, named: str) -> bool:
    return test == named or test.startswith((f"{named}::", f"{named}["))
