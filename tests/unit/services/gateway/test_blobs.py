"""Bytes of files over fakes: whole and in pieces, new and known, and what leaves nothing behind."""

from __future__ import annotations

import dataclasses
import hashlib
from itertools import pairwise
from typing import Any

import pytest

from shared.domain.errors import StoreUnavailable
from tests.support.gateway_without_sockets import ADMIN, SETTINGS, TEACHER, Answer, World

MIB = 1024 * 1024
SMALL, LARGE = b"High water at noon.", bytes(range(256)) * 40_000  # the second is more than is held in memory


@pytest.fixture
async def world() -> World:
    return World()


def sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


async def put(world: World, body: bytes, of: bytes | None = None, by: int = ADMIN, **headers: str) -> Answer:
    """Send bytes under the hash of `of`, or their own. `Content_Range` is a header."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    path = f"/api/v1/blobs/{sha256(body if of is None else of)}"
    return await world.ask("PUT", path, by, body=body, headers=sent)


@pytest.mark.parametrize("body", [b"", SMALL, LARGE], ids=["none", "few", "many"])
async def test_new_bytes_are_stored_under_their_hash_and_known_ones_are_said_to_be(world: World, body: bytes) -> None:
    answer = await put(world, body)
    assert (answer.status, answer.body) == (201, {"sha256": sha256(body), "size": len(body)})
    key = f"blobs/{sha256(body)[:2]}/{sha256(body)[2:4]}/{sha256(body)}"
    assert world.packages.bytes_of == {key: body}
    assert (await put(world, body)).status == 200
    assert [blob.size for blob in world.blobs.added] == [len(body)] * 2


@pytest.mark.parametrize("body", [SMALL, LARGE], ids=["few", "many"])
async def test_bytes_of_another_hash_are_refused_and_leave_nothing_behind(world: World, body: bytes) -> None:
    answer = await put(world, body, of=b"something else")
    assert (answer.status, answer.code) == (422, "hash_differs")
    assert not world.packages.bytes_of
    assert not world.blobs.added


async def test_bytes_come_in_pieces_and_each_answer_says_how_far_they_are(world: World) -> None:
    size, cuts = len(LARGE), (0, MIB, 3 * MIB, len(LARGE))
    asked = await put(world, b"", of=LARGE, Content_Range=f"bytes */{size}")
    assert (asked.status, asked.headers.get("Range")) == (308, None)
    for start, stop in pairwise(cuts):
        answer = await put(world, LARGE[start:stop], of=LARGE, Content_Range=f"bytes {start}-{stop - 1}/{size}")
        if stop < size:
            assert (answer.status, answer.headers["Range"]) == (308, f"bytes=0-{stop - 1}")
            asked = await put(world, b"", of=LARGE, Content_Range=f"bytes */{size}")
            assert asked.headers["Range"] == answer.headers["Range"]
    assert (answer.status, answer.body["size"]) == (201, size)
    assert list(world.packages.bytes_of.values()) == [LARGE], "the pieces are gone"


async def test_a_piece_that_is_not_the_next_one_is_refused_with_what_is_here(world: World) -> None:
    await put(world, LARGE[:10], of=LARGE, Content_Range=f"bytes 0-9/{len(LARGE)}")
    for start in (0, 5, 20):
        span = f"bytes {start}-{start + 9}/{len(LARGE)}"
        answer = await put(world, LARGE[start : start + 10], of=LARGE, Content_Range=span)
        assert (answer.status, answer.headers["Range"]) == (416, "bytes=0-9")


async def test_pieces_of_another_hash_are_refused_and_removed(world: World) -> None:
    await put(world, b"abc", of=SMALL, Content_Range="bytes 0-2/6")
    answer = await put(world, b"def", of=SMALL, Content_Range="bytes 3-5/6")
    assert (answer.status, answer.code) == (422, "hash_differs")
    assert not world.packages.bytes_of


async def test_pieces_survive_a_store_that_is_away_when_they_are_put_together(world: World) -> None:
    await put(world, SMALL[:5], of=SMALL, Content_Range=f"bytes 0-4/{len(SMALL)}")
    world.blobs.failing = StoreUnavailable()
    last = f"bytes 5-{len(SMALL) - 1}/{len(SMALL)}"
    assert (await put(world, SMALL[5:], of=SMALL, Content_Range=last)).status == 503
    world.blobs.failing = None
    assert (await put(world, b"", of=SMALL, Content_Range=f"bytes */{len(SMALL)}")).status in {200, 201}


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (SMALL, {"Content_Range": "bytes 0-5"}, 400),
        (SMALL, {"Content_Range": "bytes 9-5/20"}, 400),
        (SMALL, {"Content_Range": "bytes 0-20/20"}, 400),
        (SMALL, {"Content_Range": "bytes 0-9/20"}, 400),  # the body has more
        (SMALL, {"Content_Range": f"bytes 0-18/{10**17}"}, 413),
        (SMALL, {"Content_Encoding": "gzip"}, 415),
    ],
)
async def test_what_cannot_be_read_is_refused(world: World, body: bytes, headers: dict[str, Any], status: int) -> None:
    assert (await put(world, body, **headers)).status == status
    assert not world.packages.bytes_of


async def test_a_body_without_a_length_that_grows_over_the_limit_leaves_nothing_behind() -> None:
    world = World(settings=dataclasses.replace(SETTINGS, max_upload_bytes=9 * MIB))
    assert (await put(world, LARGE, Transfer_Encoding="chunked")).status == 413
    assert not world.packages.bytes_of


async def test_only_site_admins_send_bytes_and_a_path_names_a_hash(world: World) -> None:
    assert (await put(world, SMALL, by=TEACHER)).status == 403
    assert (await world.ask("PUT", "/api/v1/blobs/abc", ADMIN, body=SMALL)).status == 422
    assert (await world.ask("PUT", f"/api/v1/blobs/{sha256(SMALL)}", body=SMALL)).status == 401


async def test_a_body_of_known_bytes_is_limited_as_that_of_new_ones() -> None:
    world = World(settings=dataclasses.replace(SETTINGS, max_upload_bytes=9 * MIB))
    assert (await put(world, SMALL)).status == 201
    assert (await put(world, LARGE, of=SMALL, Transfer_Encoding="chunked")).status == 413
