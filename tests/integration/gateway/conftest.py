from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.runtime.settings import Settings
from tests.support.gateway import Gateway, running_gateway
from tests.support.school import School


@pytest.fixture
async def gateway(migrated_url: str, people: School, tmp_path: Path) -> AsyncIterator[Gateway]:
    settings = Settings(
        database_url=migrated_url, store_url=str(tmp_path / "store"), secret_key=("a-key",), http_port=0, stop_grace_s=0
    )
    async with running_gateway(settings, people) as running:
        yield running
