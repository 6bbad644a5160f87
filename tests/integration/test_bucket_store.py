from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from shared.adapters.object_store import ObjectStore
from shared.adapters.open_store import open_store
from shared.domain.errors import StoreUnavailable
from tests.support.s3 import REGION, new_bucket, s3_server
from tests.support.store_contract import SOON, StoreContract


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with s3_server() as endpoint:
        yield endpoint


class TestS3Store(StoreContract):
    @pytest.fixture
    def store(self, endpoint: str) -> ObjectStore:
        self.bucket = new_bucket(endpoint)
        return open_store(f"s3://{self.bucket.name}/tenant a?endpoint={endpoint}&region={REGION}")

    async def parts_are_there(self, store: ObjectStore, count: int) -> None:
        for _ in range(50):  # an upload begins in a thread of its own
            if len(found := self.bucket.uploads()) == count:
                return
            await asyncio.sleep(0.1)
        raise AssertionError(found)

    async def test_objects_lie_below_the_prefix_of_the_url(self, store: ObjectStore) -> None:
        with store.create("k") as writer:
            writer.write(b"x")
        whole = open_store(f"s3://{self.bucket.name}?endpoint={self.bucket.endpoint}&region={REGION}")
        assert [item.key async for item in whole.list("")] == ["tenant a/k"]
        assert store.local_path("k") is None

    async def test_uploads_of_killed_writers_are_left_to_the_rule_of_the_bucket(self, store: ObjectStore) -> None:
        with store.create("packages/5/1/a.zip") as writer:
            await asyncio.to_thread(writer.write, b"x" * (40 * 1024 * 1024))
            await self.parts_are_there(store, 1)
            assert await store.unfinished("packages/5/", datetime.now(UTC) + SOON) == ()

    async def test_a_bucket_that_answers_is_ready(self, store: ObjectStore) -> None:
        await store.check()

    async def test_a_store_that_does_not_answer_is_unavailable(
        self, endpoint: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("shared.adapters.buckets._RETRY", {"max_retries": 0})
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            nobody = f"http://127.0.0.1:{unused.getsockname()[1]}"
        store = open_store(f"s3://bucket?endpoint={nobody}&region={REGION}")
        with pytest.raises(StoreUnavailable):
            store.open("k")
        with pytest.raises(StoreUnavailable):
            await store.check()
        writer = store.create("k")
        with pytest.raises(StoreUnavailable):  # noqa: PT012  (a part is sent meanwhile: either of them meets the error)
            writer.write(b"x" * 20 * 1024 * 1024)
            writer.complete()
        writer.abort()
