"""A system that runs elsewhere, such as in containers, as the stack of end-to-end tests: its addresses alone.

E2E_URL is its gateway, DATABASE_URL and AMQP_URL its servers, E2E_RABBITMQCTL the command that reaches its broker. Tests with
the mark `outside` need nothing else; to any other, its processes and its store are not there.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import cast

from deploy.stack.running_system import RunningSystem
from deploy.stack.servers import Servers
from tests.support.servers import SessionServers
from tests.support.stack import Stack

URL = "E2E_URL"


@dataclass(frozen=True)
class OutsideSystem:
    """The part of a RunningSystem that can be had from outside."""

    base_url: str
    servers: Servers

    def addresses(self) -> dict[str, str]:
        """The environment variables that clients and operators' commands need, except for a token."""
        return {
            "CONTENT_EXPORTS_URL": self.base_url,
            "DATABASE_URL": self.servers.database_url,
            "AMQP_URL": self.servers.amqp_url,
        }


def outside_stack(servers: SessionServers) -> Stack | None:
    """The stack that E2E_URL names; None where it is not set."""
    url = os.environ.get(URL)
    if not url:
        return None
    system = OutsideSystem(url, Servers(servers.server_url, servers.amqp_url, "outside"))
    return Stack(cast("RunningSystem", system), servers)
