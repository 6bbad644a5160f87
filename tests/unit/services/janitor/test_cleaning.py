"""What a pass of the janitor removes, and what it leaves."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shared.adapters.blobs import INCOMING
from shared.adapters.object_store import Unfinished, blob_key, package_key
from shared.adapters.postgres.packages.retention import Removable
from shared.domain.errors import StoreUnavailable
from tests.support.fake_retention import FakeRetention, a_listing_pass, a_removing_pass
from tests.support.fakes import MemoryStore

NEEDED, FENCED, LOADING = package_key(1, 1, "a.zip"), package_key(1, 2, "a.zip"), f"{INCOMING}a-load"
BLOB = blob_key("0" * 64)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(dict.fromkeys((NEEDED, FENCED, LOADING, BLOB), b"data"))


async def test_objects_of_fenced_attempts_and_interrupted_loads_go_and_packages_and_file_bytes_stay(
    store: MemoryStore,
) -> None:
    retention = FakeRetention(unneeded={FENCED})
    await a_removing_pass(retention, store).run()
    assert set(store.objects) == {NEEDED, BLOB}
    assert {(each.reason, each.key, each.size) for each in retention.recorded} == {
        ("orphaned", FENCED, 4),
        ("orphaned", LOADING, 4),
    }


async def test_young_objects_stay_for_all_who_need_them(store: MemoryStore) -> None:
    store.modified = dict.fromkeys(store.objects, datetime.now(UTC))
    await a_removing_pass(FakeRetention(unneeded={FENCED}), store).run()
    assert len(store.objects) == 4


async def test_old_unfinished_objects_go_except_those_of_a_running_attempt(store: MemoryStore) -> None:
    running, fenced, upload = (Unfinished(key, key) for key in (NEEDED, FENCED, BLOB))
    young = Unfinished(FENCED, "young")
    store.modified = {"young": datetime.now(UTC)}
    store.left = [running, fenced, upload, young]
    retention = FakeRetention(unneeded={FENCED})
    await a_removing_pass(retention, store).unfinished()
    assert store.left == [running, young]
    assert [(each.reason, each.key, each.export_id) for each in retention.recorded] == [
        ("unfinished", FENCED, 1),
        ("unfinished", BLOB, None),
    ]


async def test_every_expired_package_goes_however_many_there_are() -> None:
    expired = [Removable("expired", package_key(number, 1, "a.zip"), number, 1) for number in range(1, 1202)]
    store = MemoryStore({each.key: b"1" for each in expired})
    await a_removing_pass(FakeRetention(expired=expired), store).ended()
    assert store.objects == {}


async def test_an_expired_package_is_given_up_before_its_object_is_deleted() -> None:
    expired = Removable("expired", NEEDED, 1, 4)
    store = MemoryStore({NEEDED: b"data"}, errors={"delete": [StoreUnavailable()]})
    retention = FakeRetention(expired=[expired])
    with pytest.raises(StoreUnavailable):
        await a_removing_pass(retention, store).ended()
    assert (retention.expired, retention.recorded) == ([], [expired]), "no link leads to an object that may be gone"


async def test_all_old_lines_of_the_event_log_go_some_thousand_at_a_time() -> None:
    retention = FakeRetention(events=12_001)
    await a_removing_pass(retention, MemoryStore()).run()
    assert retention.events == 0


async def test_a_listing_pass_prints_everything_and_removes_nothing(store: MemoryStore) -> None:
    store.left = [Unfinished(FENCED, "a part")]
    expired = [Removable("expired", NEEDED, 1, 4)]
    retention, printed = FakeRetention(expired=list(expired), unneeded={FENCED}, events=3), list[str]()
    await a_listing_pass(retention, store, printed.append).run()
    assert printed == [
        f"expired: {NEEDED} 4 bytes",
        f"orphaned: {FENCED} 4 bytes",
        f"orphaned: {LOADING} 4 bytes",
        f"unfinished: {FENCED}",
        "events: 3 lines of the log",
    ]
    assert (len(store.objects), len(store.left)) == (4, 1)
    assert (retention.expired, retention.recorded, retention.events) == (expired, [], 3)
