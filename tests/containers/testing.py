"""Tests that bring their own servers as containers, by testcontainers: the way of a machine with an engine."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from tests.containers.engine import docker, run
from tests.support.servers import IMAGES

# One for each server, and one that stops and starts both.
TESTS = ("tests/integration/test_postgres_migrate.py", "tests/integration/test_event_tap.py")


def with_testcontainers(images: Mapping[str, str]) -> str:
    """Run the tests with these images under the names that the tests ask the engine for. The last line of pytest."""
    for server, image in images.items():
        if image != IMAGES[server]:
            docker("tag", image, IMAGES[server])
    without = ("--unset=DATABASE_URL", "--unset=AMQP_URL", "TESTCONTAINERS_RYUK_DISABLED=true")
    printed = run("env", *without, sys.executable, "-m", "pytest", *TESTS, "-p", "no:cacheprovider")
    return printed.splitlines()[-1]
