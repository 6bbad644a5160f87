"""A package onto the disk: streamed, resumed where the connection broke, and kept only if it is the right one."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import httpx2

from services.cli.api import Api
from services.cli.errors import Corrupt, Refused, Unreachable

TRIES = 5  # in a row without a byte
PAUSE_S = 1.0


@dataclass(slots=True)
class Transfer:
    """A download that is going on."""

    file: IO[bytes]
    hash: Any = field(default_factory=hashlib.sha256)
    size: int = 0  # bytes written
    etag: str = ""
    digests: set[str] = field(default_factory=set)  # sha256 in hex, from every place where the server gives it

    def write(self, chunk: bytes) -> None:
        """Take the next bytes."""
        self.file.write(chunk)
        self.hash.update(chunk)
        self.size += len(chunk)

    def start_over(self) -> None:
        """Forget the bytes: what comes is another representation, or the whole."""
        self.file.seek(0)
        self.file.truncate()
        self.hash, self.size = hashlib.sha256(), 0


def download(
    api: Api, attachment: dict[str, Any], target: Path, seen: Callable[[int], None], pause_s: float = PAUSE_S
) -> str:
    """Bring the package of an `attachment` to `target`, in place of what is there. Gives its sha256 in hex.

    `seen` is told how many bytes are there. Corrupt where size or sha256 are not the server's: then nothing is kept.
    """
    with _beside(target) as (file, path):
        transfer = Transfer(file)
        if attachment.get("sha256"):
            transfer.digests.add(attachment["sha256"])
        silent = 0
        while transfer.size < attachment["size"] or not transfer.etag:
            before = transfer.size
            broke = _receive(api, attachment["url"], transfer, seen)
            silent = 0 if transfer.size > before else silent + 1
            if broke is None:
                break
            if silent == TRIES:
                raise Unreachable(f"the download broke off at {transfer.size} bytes: {broke}") from broke
            time.sleep(pause_s)
        _verify(transfer, attachment["size"])
        file.close()
        path.replace(target)
    return str(transfer.hash.hexdigest())


def _receive(api: Api, url: str, transfer: Transfer, seen: Callable[[int], None]) -> Exception | None:
    """Take what one connection gives; what broke it, or None at its proper end."""
    headers = {"Range": f"bytes={transfer.size}-", "If-Range": transfer.etag} if transfer.size and transfer.etag else {}
    try:
        with api.stream(url, {**headers, "Accept-Encoding": "identity"}) as answer:
            if answer.status_code != httpx2.codes.PARTIAL_CONTENT:
                transfer.start_over()
            elif not answer.headers.get("Content-Range", "").startswith(f"bytes {transfer.size}-"):
                raise Corrupt("the server sent another part than the one that was missing")
            transfer.etag = answer.headers.get("ETag", "")
            transfer.digests |= promised(answer.headers)
            for chunk in answer.iter_raw():
                transfer.write(chunk)
                seen(transfer.size)
    except httpx2.TransportError as error:
        return error
    except Refused as error:
        if error.status < 500:
            raise
        return error
    return None


def promised(headers: httpx2.Headers) -> set[str]:
    """Give the sha256 in hex that a response states: Repr-Digest (RFC 9530), or an ETag that is one."""
    found = set()
    digest = re.search(r"(?:^|[\s,])sha-256=:([A-Za-z0-9+/=]+):", headers.get("Repr-Digest", ""))
    if digest:
        try:
            found.add(base64.b64decode(digest[1], validate=True).hex())
        except binascii.Error as error:
            raise Corrupt("the server's Repr-Digest cannot be read") from error
    etag = re.fullmatch(r'"([0-9a-f]{64})"', headers.get("ETag", ""))
    if etag:
        found.add(etag[1])
    return found


def _verify(transfer: Transfer, size: int) -> None:
    if transfer.size != size:
        raise Corrupt(f"{transfer.size} bytes came of {size}")
    if not transfer.digests:
        raise Corrupt("the server states no sha256 to verify the package by")
    if transfer.digests != {transfer.hash.hexdigest()}:
        raise Corrupt(f"the package's sha256 is {transfer.hash.hexdigest()}, not {', '.join(sorted(transfer.digests))}")


@contextmanager
def _beside(target: Path) -> Iterator[tuple[IO[bytes], Path]]:
    """Open a new file in the target's folder, which is made if missing; what is left of it at the end is deleted."""
    target.parent.mkdir(parents=True, exist_ok=True)
    path = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with path.open("xb") as file:
            yield file, path
    finally:
        path.unlink(missing_ok=True)
