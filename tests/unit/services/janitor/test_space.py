"""The space of a store is measured where it has an end."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from services.janitor.space import measure_space
from shared.adapters.folder_store import FolderStore
from shared.domain.errors import StoreUnavailable
from tests.support.fakes import MemoryStore


async def test_the_disk_of_a_folder_is_measured(tmp_path: Path) -> None:
    await measure_space(FolderStore(tmp_path))
    assert REGISTRY.get_sample_value("content_exports_store_size_bytes") == shutil.disk_usage(tmp_path).total


async def test_a_bucket_has_no_size(tmp_path: Path) -> None:
    await measure_space(FolderStore(tmp_path))
    before = REGISTRY.get_sample_value("content_exports_store_free_bytes")
    await measure_space(MemoryStore())
    assert REGISTRY.get_sample_value("content_exports_store_free_bytes") == before


async def test_a_folder_that_is_gone_is_a_store_that_is_not_available(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable):
        await measure_space(FolderStore(tmp_path / "gone"))
