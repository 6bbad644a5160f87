"""Files whose bytes are here, and files that wait for them."""

from __future__ import annotations

import hashlib
from typing import Any

from shared.adapters.postgres.content_tables.blob_rows import BlobRows
from shared.domain.content.files import File
from shared.domain.stored_file import StoredFile
from tests.integration.ingest.conftest import CourseOfMessages


def blob(text: str) -> StoredFile:
    return StoredFile(hashlib.sha256(text.encode()).hexdigest(), len(text), 7, compressible=True)


def file(number: int, sha256: str | None, **fields: Any) -> dict[str, Any]:
    return {"id": number, "display_name": f"{number}.txt", "sha256": sha256, **fields}


async def stored(course: CourseOfMessages) -> dict[int, StoredFile | None]:
    return {number: File.from_json(body).stored for number, body in (await course.objects("files")).items()}


async def test_a_file_whose_bytes_are_here_is_complete(course: CourseOfMessages) -> None:
    here = blob(f"here {course.id}")
    await BlobRows(course.pool).add(here)
    zipped = file(2, here.sha256, **{"content-type": "application/zip"})
    reply = await course.taken("files", file(1, here.sha256, size=1, crc32=1), zipped)
    assert (reply["taken"], reply["files_missing"]) == (2, [])
    assert (await stored(course))[1] == here
    packed = (await stored(course))[2]
    assert packed is not None
    assert not packed.compressible  # it is of a type that compresses its own data


async def test_a_file_whose_bytes_are_not_here_is_kept_and_completed_when_they_come(course: CourseOfMessages) -> None:
    late = blob(f"late {course.id}")
    reply = await course.taken("files", file(1, late.sha256), file(2, late.sha256), file(3, None))
    assert reply["taken"] == 3
    assert {each["id"]: each.get("sha256") for each in reply["files_missing"]} == {
        1: late.sha256, 2: late.sha256, 3: None,
    }  # fmt: skip
    assert set((await stored(course)).values()) == {None}
    assert await BlobRows(course.pool).add(late) == 2
    assert await stored(course) == {1: late, 2: late, 3: None}
    assert await BlobRows(course.pool).add(late) == 0


async def test_bytes_that_come_before_the_end_of_a_sync_complete_its_files(course: CourseOfMessages) -> None:
    late = blob(f"sync {course.id}")
    await course.sync("f1", "begin")
    reply = await course.taken("files", file(1, late.sha256), sync="f1")
    assert [each["id"] for each in reply["files_missing"]] == [1]
    await BlobRows(course.pool).add(late)
    await course.sync("f1", "end")
    assert await stored(course) == {1: late}
