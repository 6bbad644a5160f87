"""Downloads of packages that lie in a bucket: through the gateway, or by a signed URL of the bucket itself."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator

import pytest

from shared.runtime.settings import Settings
from tests.support.gateway import Gateway, running_gateway
from tests.support.s3 import Bucket, new_bucket, s3_server
from tests.support.school import School

DATA = os.urandom(20 * 1024 * 1024 + 5)


@pytest.fixture(scope="module")
def bucket() -> Iterator[Bucket]:
    with s3_server() as endpoint:
        yield new_bucket(endpoint)


def settings_for(migrated_url: str, bucket: Bucket, **more: object) -> Settings:
    return Settings(
        database_url=migrated_url, store_url=bucket.url, secret_key=("k",), http_port=0, stop_grace_s=0, **more
    )


@pytest.fixture
async def gateway(migrated_url: str, people: School, bucket: Bucket) -> AsyncIterator[Gateway]:
    async with running_gateway(settings_for(migrated_url, bucket), people) as running:
        yield running


@pytest.fixture
async def redirecting(migrated_url: str, people: School, bucket: Bucket) -> AsyncIterator[Gateway]:
    settings = settings_for(migrated_url, bucket, download_redirect=True, redirect_ttl_s=1)
    async with running_gateway(settings, people) as running:
        yield running


async def link_to(gateway: Gateway, data: bytes = DATA, name: str = "Übung_export.zip") -> str:
    person = await gateway.school.person()
    course = await gateway.school.course(is_public=True)
    return await gateway.link(await gateway.exported(course, person, data, name), person)


async def test_a_package_of_a_bucket_comes_whole_and_in_ranges_through_the_gateway(gateway: Gateway) -> None:
    url = await link_to(gateway)
    assert (await gateway.http.get(url)).content == DATA
    resumed = await gateway.http.get(url, headers={"Range": "bytes=9000000-"})
    assert (resumed.status_code, resumed.content) == (206, DATA[9_000_000:])
    several = await gateway.http.get(url, headers={"Range": "bytes=0-9,-9"})
    assert DATA[:10] in several.content
    assert DATA[-9:] in several.content


async def test_a_download_is_sent_to_the_bucket_where_that_is_wanted(redirecting: Gateway) -> None:
    url = await link_to(redirecting)
    answer = await redirecting.http.get(url)
    assert (answer.status_code, answer.headers["cache-control"]) == (302, "no-store")
    direct = await redirecting.http.get(url, headers={"Range": "bytes=9000000-"}, follow_redirects=True)
    assert (direct.status_code, direct.content) == (206, DATA[9_000_000:])
    assert direct.headers["content-type"] == "application/zip"
    assert direct.headers["content-disposition"] == "attachment; filename*=UTF-8''%C3%9Cbung_export.zip"
    head = await redirecting.http.head(url)
    assert (head.status_code, int(head.headers["content-length"])) == (200, len(DATA))


async def test_the_right_is_looked_at_again_for_each_signed_url(redirecting: Gateway) -> None:
    course = await redirecting.school.course(is_public=False)
    teacher = await redirecting.school.member(course, "teacher")
    url = await redirecting.link(await redirecting.exported(course, teacher, b"x"), teacher)
    assert (await redirecting.http.get(url)).status_code == 302
    await redirecting.school.pool.execute("DELETE FROM enrollments WHERE user_id = $1", teacher.id)
    assert (await redirecting.http.get(url)).status_code == 403


async def test_a_signed_url_says_for_how_long_it_is_good(redirecting: Gateway) -> None:
    location = (await redirecting.http.get(await link_to(redirecting))).headers["location"]
    assert "X-Amz-Expires=1&" in location
    assert "X-Amz-Signature=" in location


async def test_a_package_that_the_bucket_lost_is_gone_and_nobody_is_sent_there(
    redirecting: Gateway, bucket: Bucket
) -> None:
    url = await link_to(redirecting, b"x", "lost.zip")
    (key,) = [key for key in bucket.keys("packages/") if key.endswith("lost.zip")]
    await asyncio.to_thread(bucket.client.delete_object, Bucket=bucket.name, Key=f"tenant/{key}")
    answer = await redirecting.http.get(url)
    assert (answer.status_code, answer.json()["errors"][0]["error_code"]) == (410, "gone")
