"""An internal service, set up as an operator does it: its rights, and its user of the broker."""

from __future__ import annotations

import os
from unittest import mock
from urllib.parse import urlsplit

from tests.support.stack import Stack

_PASSWORD = "a-password-of-the-tests"


def broker_url_of(stack: Stack, service: str, *rights: str) -> str:
    """The address of the broker for an internal service with these rights, such as `export.request`."""
    done = stack.cli("service", service, *(word for right in rights for word in ("--may", right)))
    assert done.returncode == 0, done.stderr
    with mock.patch.dict(os.environ, {f"BROKER_PASSWORD_{service.upper()}": _PASSWORD}):
        printed = stack.cli("topology", "--app-user", urlsplit(stack.system.servers.amqp_url).username or "")
    assert "BROKER_PASSWORD_APP is not set: the user app is left out, with its rights" in printed.stderr
    stack.servers.import_definitions(printed.stdout)
    parts = urlsplit(stack.system.servers.amqp_url)
    return f"amqp://{service}:{_PASSWORD}@{parts.hostname}:{parts.port}/"
