"""Source files that are not what was stored, through a real worker: never in a package, always in the report."""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from services.gateway.relay import Relay
from shared.adapters.blobs import store_blob
from shared.adapters.folder_store import FolderStore
from shared.adapters.object_store import blob_key
from shared.adapters.postgres.pool import Pool
from shared.domain.export import WorkflowState
from shared.domain.stored_file import StoredFile
from shared.formats.entry import Entry
from shared.formats.packing import Packing
from shared.runtime.settings import Settings
from shared.worker.export_builder import BuildInputs, PackageContents
from tests.support.school import School
from tests.support.workers import a_worker, an_export, until_state


class Packs:
    """A build that packs these files, by name."""

    def __init__(self, files: dict[str, StoredFile]) -> None:
        self.files = files

    def __call__(self, packing: Packing, inputs: BuildInputs) -> PackageContents:
        return PackageContents("files.zip", "application/zip", self._entries())

    def _entries(self) -> Iterator[Entry]:
        for name, file in self.files.items():
            yield Entry(name, file)


POLYNOMIAL = (0xEDB88320 << 1 | 1).to_bytes(5, "little")  # of CRC-32: what is changed by it keeps its checksum


def with_the_same_crc32(data: bytes) -> bytes:
    """Other bytes of that length and CRC-32."""
    return bytes(one ^ other for one, other in zip(data, POLYNOMIAL, strict=False)) + data[len(POLYNOMIAL) :]


def overwrite(settings: Settings, file: StoredFile, data: bytes) -> None:
    path = Path(settings.store_url, blob_key(file.sha256))
    path.unlink()
    path.write_bytes(data)


@pytest.mark.parametrize("checked", [True, False], ids=["by SHA-256", "by CRC-32"])
async def test_bytes_that_only_their_sha256_distinguishes_are_left_out_where_that_is_checked(
    pool: Pool, settings: Settings, people: School, relay: Relay, checked: bool
) -> None:
    store = FolderStore(Path(settings.store_url))
    files = {"good.txt": store_blob(store, [b"good"])}
    for name, size in (("small.jpg", 1000), ("streamed.mp4", 6 << 20)):
        data = os.urandom(size)
        forged = with_the_same_crc32(data)
        assert (zlib.crc32(forged), forged == data) == (zlib.crc32(data), False)
        files[name] = store_blob(store, [data], "video/mp4")
        overwrite(settings, files[name], forged)
    used = replace(settings, verify_sha256=checked)
    async with a_worker(pool, used, Packs(files)):
        done = await until_state(people, await an_export(people), WorkflowState.EXPORTED, WorkflowState.FAILED)
    assert done.attachment is not None
    with zipfile.ZipFile(Path(settings.store_url, done.attachment.key)) as package:
        assert package.namelist() == (["good.txt"] if checked else list(files))
    assert done.warnings_count == (2 if checked else 0)


async def test_a_size_or_a_crc32_on_record_that_is_not_that_of_the_bytes_costs_the_file(
    pool: Pool, settings: Settings, people: School, relay: Relay
) -> None:
    store = FolderStore(Path(settings.store_url))
    crc, longer, shorter = (store_blob(store, [os.urandom(5 << 20)], "video/mp4") for _ in range(3))
    files = {
        "crc": replace(crc, crc32=crc.crc32 ^ 1),
        "longer": replace(longer, size=longer.size + 1),
        "shorter": replace(shorter, size=shorter.size - 1),
        "good": store_blob(store, [b"good"]),
    }
    async with a_worker(pool, settings, Packs(files)):
        done = await until_state(people, await an_export(people), WorkflowState.EXPORTED, WorkflowState.FAILED)
    assert done.attachment is not None
    with zipfile.ZipFile(Path(settings.store_url, done.attachment.key)) as package:
        assert {name: package.read(name) for name in package.namelist()} == {"good": b"good"}
    assert done.warnings_count == 3
