"""Settings that make waits short."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.runtime.settings import Settings


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
