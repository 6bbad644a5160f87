"""A site admin, and courses that were loaded as an operator loads them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from deploy.stack.checkout import ROOT
from tests.support.campus import Campus
from tests.support.client import Client
from tests.support.event_tap import events_checked
from tests.support.internal_service import broker_url_of
from tests.support.outside import outside_stack
from tests.support.servers import SessionServers
from tests.support.stack import Stack, running_stack

SAMPLE = ROOT / "deploy" / "sample"


@pytest.fixture(scope="package")
def stack(servers: SessionServers) -> Iterator[Stack]:
    """All services, for these tests only: beside others their workers would take the messages of the others' broker.

    Their events are held against the description of messages. With E2E_URL it is a system that runs elsewhere.
    """
    if outside := outside_stack(servers):
        with events_checked(servers.amqp_url):
            yield outside
        return
    no_limit = {"GUESSES_PER_MINUTE": "0"}  # all tests have one address
    with mock.patch.dict(os.environ, no_limit), events_checked(servers.amqp_url), running_stack(servers) as running:
        yield running


@pytest.fixture(scope="package")
def admin(stack: Stack) -> Client:
    return Client(stack.base_url, stack.token(1, "--site-admin"))


@pytest.fixture(scope="package")
def load(stack: Stack) -> Callable[[Path], dict[str, Any]]:
    """Run `content-exports load`. Returns its output."""

    def run(path: Path) -> dict[str, Any]:
        return dict(json.loads(stack.command("load", str(path))))

    return run


@pytest.fixture(scope="package")
def sample(load: Callable[[Path], dict[str, Any]]) -> int:
    """The id of the sample course."""
    return int(load(SAMPLE)["course_id"])


@pytest.fixture(scope="package")
def campus(stack: Stack) -> Campus:
    """The people, courses and groups that a test sets up by the commands of operators."""
    return Campus(stack)


@pytest.fixture(scope="package")
def sis(stack: Stack, admin: Client) -> str:
    """The address of the broker for the service sis, which is set up as an operator does it. User 1 is the admin."""
    return broker_url_of(stack, "sis", "export.request", "export.cancel")
