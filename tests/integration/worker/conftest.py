"""Settings that make waits short."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.contracts.topology import DEAD, request_queue
from shared.domain.export import ExportType
from shared.runtime.settings import Settings
from tests.support.queues import purge
from tests.support.school import School


@pytest.fixture
def settings(migrated_url: str, amqp_url: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=migrated_url,
        amqp_url=amqp_url,
        store_url=str(tmp_path),
        secret_key=("k",),
        lease_s=3.0,
        stop_grace_s=0.5,
        sweep_s=0.2,
        retry_backoff_s=0.1,
    )


@pytest.fixture(autouse=True)
async def _ended(people: School, settings: Settings) -> None:
    await people.end_unfinished()  # a worker builds whatever waits
    await purge(settings.amqp_url, request_queue(ExportType.QTI), DEAD)
