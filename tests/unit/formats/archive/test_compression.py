"""How hard what lies in memory is deflated, and that members share threads without changing bytes."""

from __future__ import annotations

import hashlib
import random
import threading
import zlib
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.formats.archive import compression
from shared.formats.archive.batches import Batches
from shared.formats.archive.bodies import MemberBody, body_of
from shared.formats.archive.compression import Deflater, crc32

WORDS = [hashlib.md5(b"%d" % number, usedforsecurity=False).hexdigest()[: 2 + number % 9] for number in range(4000)]


def prose(vocabulary: int, size: int, seed: int) -> bytes:
    """`size` bytes of words of a vocabulary, as often as words of people are: the first most of all."""
    words = WORDS[:vocabulary]
    weights = [1 / rank for rank in range(1, len(words) + 1)]
    chosen = random.Random(seed).choices(words, weights, k=size // 3 + 1)  # no word is shorter than two letters
    return " ".join(chosen).encode()[:size]


@pytest.mark.parametrize("size", [2_000, 20_000, 200_000])
@pytest.mark.parametrize(("vocabulary", "most"), [(20, 1.08), (200, 1.08), (4000, 1.07)])  # the last as people write
def test_text_comes_out_hardly_larger_than_by_zlib(vocabulary: int, most: float, size: int) -> None:
    texts = [prose(vocabulary, size, seed) for seed in range(64 if size < 10_000 else 8)]
    deflater = Deflater()
    ours = sum(len(deflater.deflated(text)) for text in texts)
    assert ours < most * sum(len(zlib.compress(text, 6)) - 6 for text in texts)


@given(st.lists(st.tuples(st.binary(min_size=1, max_size=50), st.integers(1, 3000)), max_size=8))
def test_any_bytes_come_back_whatever_came_before_them(sources: list[tuple[bytes, int]]) -> None:
    deflater = Deflater()
    for piece, times in sources:
        assert zlib.decompress(deflater.deflated(piece * times), -15) == piece * times


@pytest.mark.parametrize("missing", [False, True])
def test_a_checksum_goes_on_from_an_earlier_one(monkeypatch: pytest.MonkeyPatch, missing: bool) -> None:
    if missing:
        monkeypatch.setattr(compression, "_libdeflate", None)
        assert zlib.decompress(Deflater().deflated(b"text"), -15) == b"text"
    assert crc32(b"lo", crc32(memoryview(b"hel"))) == zlib.crc32(b"hello")


def test_many_small_members_are_handed_over_together() -> None:
    class Counting(ThreadPoolExecutor):
        given = 0

        def submit(self, *args: object, **more: object) -> Future[object]:  # type: ignore[override]
            self.given += 1
            return super().submit(*args, **more)  # type: ignore[arg-type]

    texts = [prose(200, 20_000, seed) for seed in range(100)]
    with Counting(2) as pool:
        batches = Batches(pool)
        bodies = [batches.add(partial(body_of, text), len(text)) for text in texts]
        found = [body() for body in bodies]
    assert [zlib.decompress(b"".join(body.chunks), -15) for body in found] == texts
    assert pool.given == 8  # 14 pages make a quarter of a megabyte


def test_a_member_that_is_wanted_before_its_batch_is_full_does_not_wait_for_others() -> None:
    with ThreadPoolExecutor(1) as pool:
        batches = Batches(pool)
        first = batches.add(partial(body_of, b"first" * 100), 500)
        assert first().size == 500
        later = batches.add(partial(body_of, b"later"), 5)
        assert (later().size, first().size) == (5, 500)


def test_two_batches_are_made_at_the_same_time() -> None:
    together = threading.Barrier(2, timeout=20)

    def meet(deflater: Deflater) -> MemberBody:
        together.wait()  # passes only when two threads are here
        return body_of(b"met", deflater)

    with ThreadPoolExecutor(2) as pool:
        batches = Batches(pool)
        bodies = [batches.add(meet, 1024 * 1024) for _ in range(2)]
        assert [body().size for body in bodies] == [3, 3]
