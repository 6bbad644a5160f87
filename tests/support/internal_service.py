"""An internal service, set up as an operator does it: its rights, and its user of the broker."""

from __future__ import annotations

import os
from unittest import mock
from urllib.parse import urlsplit

from tests.support.stack import Stack

PASSWORD = "a-password-of-the-tests"


def broker_url_of_sis(stack: Stack) -> str:
    """The address of the broker for the service sis, which may request and cancel exports."""
    done = stack.cli("service", "sis", "--may", "export.request", "--may", "export.cancel")
    assert done.returncode == 0, done.stderr
    with mock.patch.dict(os.environ, {"BROKER_PASSWORD_SIS": PASSWORD}):
        printed = stack.cli("topology", "--app-user", urlsplit(stack.system.servers.amqp_url).username or "")
    assert "BROKER_PASSWORD_APP is not set: the user app is left out" in printed.stderr
    stack.servers.import_definitions(printed.stdout)
    parts = urlsplit(stack.system.servers.amqp_url)
    return f"amqp://sis:{PASSWORD}@{parts.hostname}:{parts.port}/"
