"""A package that was damaged in the store never becomes an attachment; an intact one is verified and attached."""

from __future__ import annotations

import asyncio
import dataclasses
import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from services.cartridge.__main__ import BUILDER as CARTRIDGE
from shared.adapters.folder_store import FolderStore, FolderWriter
from shared.adapters.postgres.leases import Leases
from shared.adapters.postgres.packages.package_entries import PackageEntries
from shared.adapters.postgres.pool import Pool
from shared.contracts.report import receipt_json
from shared.domain.content.pages import Page
from shared.domain.errors import StoreUnavailable
from shared.domain.export import ContentExport, Context, ExportRequest, ExportType, WorkflowState
from shared.domain.export_settings import ExportSettings
from shared.domain.kinds import Kind
from shared.domain.report import MEMBER
from shared.formats.entry import Entry
from shared.formats.imscp.own_members import INDEX
from shared.formats.packing import Packing
from shared.runtime.settings import Settings
from shared.worker.export_builder import BuildInputs, ExportBuilder, PackageContents
from shared.worker.job import run_export
from shared.worker.reporter import Reporter
from tests.support.school import School
from tests.support.workers import tools_of

BODY = "<p>" + "Tides rise and fall. " * 200 + "</p>"


class Faulty(FolderStore):
    """A store that does something to packages once they are written, before anybody reads them."""

    def __init__(self, root: Path, harm: Callable[[Path], None]) -> None:
        super().__init__(root)
        self._harm = harm

    def create(self, key: str) -> FolderWriter:
        writer, path, harm = super().create(key), self.local_path(key), self._harm
        complete = writer.complete

        def and_then_harm() -> None:
            complete()
            if path is not None and key.startswith("packages/"):
                harm(path)

        writer.complete = and_then_harm  # type: ignore[method-assign]
        return writer


def nothing(path: Path) -> None:
    pass


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def flip_a_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[data.index(b"wiki_content/page-7.html") + 40] ^= 1
    path.write_bytes(data)


def swap(path: Path) -> None:
    """Another package of the same size."""
    data = path.read_bytes()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as other:
        other.writestr("imsmanifest.xml", b" " * (len(data) - 128))
    path.write_bytes(out.getvalue()[: len(data)].ljust(len(data), b"\0"))


def vanish(path: Path) -> None:
    path.unlink()


def left_in(store: Path) -> list[Path]:
    return [path for path in store.rglob("*") if path.is_file()]


@pytest.fixture
async def export(people: School) -> ContentExport:
    return await an_export(people)


async def an_export(people: School, **options: bool) -> ContentExport:
    course = await people.course(name="Tides")
    teacher = await people.member(course, "teacher")
    for number in range(20):
        page = Page(id=number + 1, url=f"page-{number}", title=f"Page {number}", body=BODY, published=True)
        await add(people.pool, course, Kind.PAGES, page)
    new = ExportRequest(course, teacher.id, ExportType.COMMON_CARTRIDGE, ExportSettings(**options), "a-request")
    return await people.exports.create(new)


async def add(pool: Pool, course: Context, kind: Kind, item: Page) -> None:
    await pool.execute(
        "INSERT INTO content_objects (context_type, context_id, kind, id, body) VALUES ($1, $2, $3, $4, $5)",
        course.type.value,
        course.id,
        kind.value,
        item.id,
        item.to_json(),
    )


@pytest.fixture
def settings(migrated_url: str, tmp_path: Path) -> Settings:
    return Settings(database_url=migrated_url, store_url=str(tmp_path), secret_key=("k",), max_attempts=1)


async def built(
    pool: Pool, settings: Settings, export: ContentExport, store: FolderStore, builder: ExportBuilder = CARTRIDGE
) -> ContentExport:
    """The export as it stands once a worker has had it."""
    leases = Leases(pool, "w", settings.lease_s)
    claimed = await School(pool).claim(export, leases)
    assert claimed is not None
    with ThreadPoolExecutor(1) as threads:
        tools = tools_of(settings, pool, leases, store, threads)
        await run_export(claimed, builder, tools, Reporter(leases, export.id, claimed.attempt, settings.lease_s))
    found = await School(pool).exports.find(export.id)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("harm", "code", "named"),
    [
        (truncate, "size_differs", None),
        (flip_a_bit, "member_damaged", "wiki_content/page-7.html"),
        (swap, "member_missing", "wiki_content/page-7.html"),
        (vanish, "size_differs", None),
    ],
)
async def test_a_package_that_is_harmed_in_the_store_fails_its_export_and_goes(
    *,
    pool: Pool,
    settings: Settings,
    people: School,
    export: ContentExport,
    tmp_path: Path,
    harm: Callable[[Path], None],
    code: str,
    named: str | None,
) -> None:
    failed = await built(pool, settings, export, Faulty(tmp_path, harm))
    assert (failed.workflow_state, failed.error_code) == (WorkflowState.FAILED, "verification_failed")
    assert failed.attachment is None
    assert failed.error_message is not None
    assert failed.error_message.startswith("The finished package did not stand its verification. ")
    assert len(failed.error_message) < 2000
    receipt = await people.exports.receipt(export.id)
    assert receipt is not None
    assert receipt.verification is not None
    assert not receipt.verification.passed
    assert not receipt.complete
    assert (code, named) in [(found.code, found.place) for found in receipt.verification.findings]
    assert left_in(tmp_path) == [], "no package is left behind"
    assert await PackageEntries(pool).page(export.id, limit=10, offset=0) == []


async def test_a_package_that_passes_is_kept_with_all_its_members(
    pool: Pool, settings: Settings, people: School, export: ContentExport, tmp_path: Path
) -> None:
    done = await built(pool, settings, export, Faulty(tmp_path, nothing))
    assert done.workflow_state is WorkflowState.EXPORTED
    assert done.attachment is not None
    receipt = await people.exports.receipt(export.id)
    assert receipt is not None
    assert receipt.verification is not None
    assert receipt.verification.passed
    assert receipt.verification.members_read == done.attachment.entries - 1, "all but the empty folder"
    kept = PackageEntries(pool)
    entries = await kept.page(export.id, limit=1000, offset=0)
    with zipfile.ZipFile(tmp_path / done.attachment.key) as package:
        assert [
            (info.filename, info.file_size, info.compress_size, info.CRC, info.header_offset)
            for info in package.infolist()
        ] == [(e.path, e.size, e.compressed_size, e.crc32, e.offset) for e in entries]
    page = await kept.find(export.id, "wiki_content/page-7.html")
    assert page is not None
    assert (page.kind, page.item_id, page.title) == ("pages", 8, "Page 7")
    assert await kept.find(export.id, "wiki_content/page-77.html") is None
    assert await kept.find(export.id, "a\0b") is None
    assert [e.path for e in await kept.page(export.id, limit=2, offset=3)] == [e.path for e in entries[3:5]]


async def test_the_report_is_a_member_of_the_package_where_that_was_asked_for(
    pool: Pool, settings: Settings, people: School, tmp_path: Path
) -> None:
    digests = set()
    for asked in (False, True, True):
        export = await an_export(people, include_report=asked)
        done = await built(pool, settings, export, FolderStore(tmp_path))
        receipt = await people.exports.receipt(export.id)
        assert done.attachment is not None
        assert receipt is not None
        with zipfile.ZipFile(tmp_path / done.attachment.key) as package:
            assert (MEMBER in package.namelist()) is asked
            if asked:
                reported = msgspec.to_builtins(
                    msgspec.structs.replace(receipt_json(receipt), verification=msgspec.UNSET)
                )
                assert json.loads(package.read(MEMBER)) == reported
                assert MEMBER.encode() not in package.read("imsmanifest.xml")
                digests.add(package.read(MEMBER))
    assert len(digests) == 1, "the same content gives the same bytes"


async def test_a_package_with_a_page_to_read_passes_its_verification(
    pool: Pool, settings: Settings, people: School, tmp_path: Path
) -> None:
    digests = set()
    for _ in range(2):
        export = await an_export(people, include_index=True)
        done = await built(pool, settings, export, FolderStore(tmp_path))
        receipt = await people.exports.receipt(export.id)
        assert receipt is not None
        assert receipt.verification is not None
        assert receipt.verification.findings == []
        assert done.attachment is not None
        with zipfile.ZipFile(tmp_path / done.attachment.key) as package:
            assert package.namelist()[-1] == INDEX
            assert INDEX.encode() not in package.read("imsmanifest.xml")
            assert b"Page 7" in package.read(INDEX)
            digests.add(package.read(INDEX))
    assert len(digests) == 1, "the same content gives the same bytes"


async def test_a_title_that_reads_like_a_token_costs_no_export_and_is_reported(
    pool: Pool, settings: Settings, people: School, export: ContentExport, tmp_path: Path
) -> None:
    page = Page(id=99, url="odd", title="On $WIKI_REFERENCE$/pages/nowhere and others", body="", published=True)
    await add(pool, export.context, Kind.PAGES, page)
    done = await built(pool, settings, export, FolderStore(tmp_path))
    assert done.workflow_state is WorkflowState.EXPORTED
    receipt = await people.exports.receipt(export.id)
    assert receipt is not None
    (warning,) = receipt.warnings
    assert (warning.code, warning.kind, warning.item_id) == ("link_leaves_package", "pages", 99)
    assert warning.place == "wiki_content/odd.html"
    assert receipt.complete


async def test_a_store_that_does_not_answer_while_a_package_is_read_back_is_tried_again(
    pool: Pool, settings: Settings, people: School, export: ContentExport, tmp_path: Path
) -> None:
    class Silent(FolderStore):
        def read_at(self, key: str, start: int, stop: int) -> bytes:
            raise StoreUnavailable

    patient = dataclasses.replace(settings, max_attempts=5)
    back = await built(pool, patient, export, Silent(tmp_path))
    assert back.workflow_state is WorkflowState.EXPORTING
    assert left_in(tmp_path) == []


async def test_an_export_that_is_cancelled_while_it_is_read_back_leaves_nothing(
    pool: Pool, settings: Settings, people: School, export: ContentExport, tmp_path: Path
) -> None:
    loop = asyncio.get_running_loop()

    class Cancelling(FolderStore):
        def read_at(self, key: str, start: int, stop: int) -> bytes:
            asyncio.run_coroutine_threadsafe(people.exports.cancel(export.id, "enough"), loop).result()
            time.sleep(2.5)  # the next heartbeat finds out
            return super().read_at(key, start, stop)

    impatient = dataclasses.replace(settings, lease_s=1.0)
    cancelled = await built(pool, impatient, export, Cancelling(tmp_path))
    assert (cancelled.workflow_state, cancelled.error_code) == (WorkflowState.FAILED, "cancelled")
    assert left_in(tmp_path) == []


async def test_a_package_of_seventy_thousand_members_is_verified_and_kept(
    pool: Pool, settings: Settings, people: School, export: ContentExport, tmp_path: Path
) -> None:
    def members() -> Iterator[Entry]:
        for number in range(70_000):
            yield Entry(f"folder {number % 100}/{number}.txt", b"")

    def build(packing: Packing, inputs: BuildInputs) -> PackageContents:
        return PackageContents("many.zip", "application/zip", members())

    done = await built(pool, settings, export, FolderStore(tmp_path), ExportBuilder(ExportType.COMMON_CARTRIDGE, build))
    assert done.workflow_state is WorkflowState.EXPORTED, done.error_message
    assert await pool.fetchval("SELECT count(*) FROM package_entries WHERE content_export_id = $1", export.id) == 70_000
    found = await PackageEntries(pool).find(export.id, "folder 99/69999.txt")
    assert found is not None
    assert found.size == 0
