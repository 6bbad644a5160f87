"""The whole system with a bucket as its store: export, download, resume, expiry, and what broken work leaves behind.

Apart from the other end-to-end tests, since the workers of two systems at one broker would take each other's messages.
"""

from __future__ import annotations

import hashlib
import io
import os
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.support.campus import Campus, write_folder
from tests.support.client import Client
from tests.support.s3 import CREDENTIALS, Bucket, new_bucket, s3_server
from tests.support.servers import SessionServers
from tests.support.stack import Stack, running_stack

MIB = 1 << 20
FILES = {f"{number}.bin": os.urandom(MIB) * 12 for number in range(4)}  # each more than a part of an upload


@pytest.fixture(scope="module")
def bucket() -> Iterator[Bucket]:
    with s3_server() as endpoint:
        yield new_bucket(endpoint)


@pytest.fixture(scope="module")
def stack(servers: SessionServers, bucket: Bucket) -> Iterator[Stack]:
    quick = {"CLEANUP_S": "0.5", "ORPHAN_AFTER_S": "8", "REQUEUE_AFTER_S": "5"}
    with running_stack(servers, STORE_URL=bucket.url, **CREDENTIALS, **quick) as running:
        yield running


@pytest.fixture(scope="module")
def campus(stack: Stack) -> Campus:
    return Campus(stack)


@pytest.fixture(scope="module")
def admin(campus: Campus) -> Client:
    return campus.client(1, "--site-admin")


@pytest.fixture(scope="module")
def course(campus: Campus, tmp_path_factory: pytest.TempPathFactory) -> int:
    folder = tmp_path_factory.mktemp("bucket")
    return campus.load(write_folder(folder, {"course": {"id": 1, "name": "Bucket"}}, FILES))


def wait_for(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.1)


def uploading(bucket: Bucket, export: dict[str, Any]) -> bool:
    return any(f"packages/{export['id']}/" in key for key in bucket.uploads())


def test_an_export_goes_into_the_bucket_and_comes_back_whole(
    admin: Client, course: int, bucket: Bucket, tmp_path: Path
) -> None:
    done = admin.exported(course, "zip")
    assert bucket.keys(f"packages/{done['id']}/") == [f"packages/{done['id']}/1/course_files_export.zip"]
    with zipfile.ZipFile(admin.download(done, tmp_path / "files.zip")) as package:
        assert {name: package.read(name) for name in package.namelist()} == FILES


def test_a_download_from_the_bucket_resumes_where_it_broke_off(admin: Client, course: int) -> None:
    attachment = admin.exported(course, "zip")["attachment"]
    got, etag = bytearray(), ""
    for stop in (1, 9 * MIB, 30 * MIB, attachment["size"]):
        headers = {"Range": f"bytes={len(got)}-", **({"If-Range": etag} if etag else {})}
        with httpx2.stream("GET", attachment["url"], headers=headers, trust_env=False, timeout=60) as answer:
            assert answer.status_code == (206 if got else 200)
            etag = answer.headers["etag"]
            for chunk in answer.iter_bytes(65_536):
                got += chunk
                if len(got) >= stop:
                    break
    assert hashlib.sha256(got).hexdigest() == attachment["sha256"]


def test_a_package_in_parts_lies_in_the_bucket_part_by_part(admin: Client, course: int, bucket: Bucket) -> None:
    done = admin.exported(course, "zip", max_part_size=25 * MIB)
    names = [part["filename"] for part in done["attachments"]]
    assert names == ["course_files_export-1.zip", "course_files_export-2.zip"]
    assert len(bucket.keys(f"packages/{done['id']}/")) == 2
    found = {}
    for part in done["attachments"]:
        body = httpx2.get(part["url"], trust_env=False, timeout=60).content
        with zipfile.ZipFile(io.BytesIO(body)) as package:
            found |= {name: package.read(name) for name in package.namelist()}
    assert found == FILES


def test_an_expired_package_leaves_the_bucket_and_its_download_says_how_to_have_it_again(
    admin: Client, course: int, bucket: Bucket, campus: Campus
) -> None:
    done = admin.exported(course, "zip")
    assert done["expires_at"] > done["created_at"]
    change = "UPDATE attachments SET expires_at = now() WHERE content_export_id = $1 RETURNING id"
    campus.query(change, done["id"])
    shown = admin.show(course, done["id"])
    assert (shown["workflow_state"], "attachment" in shown) == ("exported", False)
    wait_for(lambda: bucket.keys(f"packages/{done['id']}/") == [])
    gone = httpx2.get(done["attachment"]["url"], trust_env=False)
    again = gone.json()["export_again"]
    assert gone.status_code == 410
    built = admin.http.request(again["method"], again["url"], json=again["body"])
    assert admin.finished(built.json())["workflow_state"] == "exported"
    record = "SELECT reason FROM removals WHERE content_export_id = $1"
    assert campus.query(record, done["id"]) == "expired"


def test_what_nobody_refers_to_leaves_the_bucket(bucket: Bucket, campus: Campus) -> None:
    key = "packages/999999999/1/nobody.zip"
    bucket.client.put_object(Bucket=bucket.name, Key=f"tenant/{key}", Body=b"x")
    wait_for(lambda: key not in bucket.keys("packages/"))
    wait_for(lambda: campus.query("SELECT reason FROM removals WHERE key = $1", key) == "orphaned")


def test_the_export_of_a_killed_worker_is_finished_by_another(
    stack: Stack, admin: Client, course: int, bucket: Bucket
) -> None:
    export = admin.create(course, "zip")
    wait_for(lambda: uploading(bucket, export))
    stack.kill("zip")
    stack.start("zip")
    done = admin.finished(export)
    assert done["workflow_state"] == "exported"
    (key,) = bucket.keys(f"packages/{export['id']}/")
    assert key.startswith(f"packages/{export['id']}/2/")


def test_an_upload_of_a_cancelled_export_is_removed(admin: Client, course: int, bucket: Bucket) -> None:
    export = admin.create(course, "zip")
    wait_for(lambda: uploading(bucket, export))
    assert admin.http.delete(f"/api/v1/courses/{course}/content_exports/{export['id']}").status_code == 200
    wait_for(lambda: not uploading(bucket, export) and bucket.keys(f"packages/{export['id']}/") == [])
