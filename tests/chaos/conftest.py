"""The database and the broker of integration tests."""

from __future__ import annotations

from tests.integration.conftest import migrated_url, people, pool
from tests.integration.notifier.conftest import publish, queues

__all__ = ("migrated_url", "people", "pool", "publish", "queues")
