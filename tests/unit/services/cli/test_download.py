"""A download is resumed where it broke, and kept only if size and sha256 are the server's."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

import httpx2
import pytest

from services.cli.destination import Destination, destination
from services.cli.download import TRIES, download, stated_digests
from services.cli.errors import Corrupt, Refused, Unreachable
from tests.unit.services.cli.servers import BASE, Broken, api_of, in_turn

BODY = b"0123456789" * 1000
SHA256 = hashlib.sha256(BODY).hexdigest()
ETAG = {"ETag": f'"{SHA256}"'}


def attachment(**more: Any) -> dict[str, Any]:
    return {"url": f"{BASE}/files/9/download?verifier=v", "size": len(BODY), **more}


def whole(**headers: str) -> httpx2.Response:
    return httpx2.Response(200, headers={**ETAG, **headers}, stream=httpx2.ByteStream(BODY))


def part(start: int, end: int | None = None) -> httpx2.Response:
    headers = {**ETAG, "Content-Range": f"bytes {start}-{len(BODY) - 1}/{len(BODY)}"}
    return httpx2.Response(206, headers=headers, stream=httpx2.ByteStream(BODY[start:end]))


def broken_after(size: int) -> httpx2.Response:
    return httpx2.Response(200, headers=ETAG, stream=Broken(BODY[:size]))


def fetch(
    target: Path, *answers: httpx2.Response | Exception, **more: Any
) -> tuple[str, list[httpx2.Request], list[int]]:
    handle, seen = in_turn(*answers)
    sizes: list[int] = []
    return download(api_of(handle), attachment(**more), destination(str(target)), sizes.append, pause_s=0), seen, sizes


def test_a_package_lands_whole_under_its_name_in_a_folder_that_is_made(tmp_path: Path) -> None:
    target = tmp_path / "new" / "course.imscc"
    digest, seen, sizes = fetch(target, whole())
    assert target.read_bytes() == BODY
    assert digest == SHA256
    assert sizes[-1] == len(BODY)
    assert "Range" not in seen[0].headers
    assert [path.name for path in target.parent.iterdir()] == ["course.imscc"]


def test_a_broken_download_goes_on_where_it_broke_if_the_package_is_the_same(tmp_path: Path) -> None:
    target = tmp_path / "p.zip"
    _, seen, _ = fetch(target, broken_after(1234), httpx2.ConnectError("down"), part(1234))
    assert target.read_bytes() == BODY
    assert [request.headers.get("Range") for request in seen] == [None, "bytes=1234-", "bytes=1234-"]
    assert seen[1].headers["If-Range"] == ETAG["ETag"]


def test_a_server_that_sends_everything_again_makes_the_download_start_over(tmp_path: Path) -> None:
    target = tmp_path / "p.zip"
    fetch(target, broken_after(1234), whole())
    assert target.read_bytes() == BODY


def test_another_part_than_the_missing_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Corrupt, match="another part"):
        fetch(tmp_path / "p.zip", broken_after(1234), part(1000))


@pytest.mark.parametrize(
    ("etag", "body"),
    [
        (f'"{SHA256}"', BODY[:-1] + b"x"),
        (f'"{"0" * 64}"', BODY),
        (f'"{SHA256}"', BODY + b"x"),
        (f'"{SHA256}"', BODY[:-1]),
        ('"v1"', BODY),
    ],
    ids=["other bytes", "other digest", "too long", "too short", "no digest"],
)
def test_what_is_not_the_servers_package_is_not_kept_and_does_not_replace_an_earlier_one(
    tmp_path: Path, etag: str, body: bytes
) -> None:
    target = tmp_path / "p.zip"
    target.write_bytes(b"earlier")
    with pytest.raises(Corrupt):
        fetch(target, httpx2.Response(200, headers={"ETag": etag}, stream=httpx2.ByteStream(body)))
    assert target.read_bytes() == b"earlier"
    assert list(tmp_path.iterdir()) == [target]


def test_all_digests_that_the_server_states_must_agree(tmp_path: Path) -> None:
    wrong = base64.b64encode(bytes(32)).decode()
    with pytest.raises(Corrupt, match="sha256"):
        fetch(tmp_path / "p.zip", whole(**{"Repr-Digest": f"sha-256=:{wrong}:"}))
    with pytest.raises(Corrupt, match="sha256"):
        fetch(tmp_path / "p.zip", whole(), sha256="0" * 64)


def test_a_server_that_stays_away_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="1234 bytes"):
        fetch(tmp_path / "p.zip", broken_after(1234), *[httpx2.ConnectError("down")] * TRIES)
    assert list(tmp_path.iterdir()) == []


def test_an_expired_link_is_reported_and_not_retried(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="does not exist"):
        fetch(tmp_path / "p.zip", httpx2.Response(404, json={"errors": [{"message": "It does not exist."}]}))


def test_the_token_does_not_go_to_another_server(tmp_path: Path) -> None:
    _, ours, _ = fetch(tmp_path / "a", whole())
    _, theirs, _ = fetch(tmp_path / "b", whole(), url="http://elsewhere.test/package")
    assert "Authorization" in ours[0].headers
    assert "Authorization" not in theirs[0].headers


def test_a_digest_is_read_from_a_list_of_algorithms() -> None:
    encoded = base64.b64encode(bytes.fromhex(SHA256)).decode()
    headers = httpx2.Headers({"Repr-Digest": f"sha-512=:AAAA:, sha-256=:{encoded}:", "ETag": 'W/"x"'})
    assert stated_digests(headers) == {SHA256}


def stream_to(path: Path, *answers: httpx2.Response | Exception) -> bytes:
    """The bytes that a pipe or device, here a file that is written like one, receives of a download."""
    handle, _ = in_turn(*answers)
    path.touch()
    target = Destination(str(path), path, is_stream=True)
    download(api_of(handle), attachment(), target, lambda _: None, pause_s=0)
    return path.read_bytes()


def test_a_stream_receives_every_byte_once_however_often_the_download_breaks(tmp_path: Path) -> None:
    answers = broken_after(1234), broken_after(700), broken_after(2000), part(2000)
    assert stream_to(tmp_path / "pipe", *answers) == BODY


def test_a_stream_never_receives_the_parts_of_two_packages(tmp_path: Path) -> None:
    other = b"x" + BODY[1:]
    changed = httpx2.Response(
        200, headers={"ETag": f'"{hashlib.sha256(other).hexdigest()}"'}, stream=httpx2.ByteStream(other)
    )
    with pytest.raises(Corrupt, match="changed"):
        stream_to(tmp_path / "pipe", broken_after(1234), changed)
    assert (tmp_path / "pipe").read_bytes() == BODY[:1234]
