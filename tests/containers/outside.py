"""Tests of tests/e2e that need no process of their own, against the containers, through their published ports."""

from __future__ import annotations

import os
import sys

from tests.containers.engine import CLIENT, run
from tests.containers.project import Project


def end_to_end(running: Project, *_: object) -> None:
    """Run the tests with the mark `outside`: HTTP and AMQP alone."""
    password = os.environ["SERVERS_PASSWORD"]
    broker = running.container("rabbitmq")
    addresses = {
        "E2E_URL": running.url,
        "E2E_RABBITMQCTL": f"{CLIENT} exec --interactive {broker} rabbitmqctl",
        "DATABASE_URL": f"postgresql://app:{password}@{running.address('postgres', 5432)}/content_exports?sslmode=disable",
        "AMQP_URL": f"amqp://app:{password}@{running.address('rabbitmq', 5672)}/",
    }
    env = [f"{name}={value}" for name, value in addresses.items()]
    printed = run("env", *env, sys.executable, "-m", "pytest", "tests/e2e", "-m", "outside", "-p", "no:cacheprovider")
    running.note("end-to-end tests from outside", printed.splitlines()[-1])
