"""Downloads a package: written as it arrives, resumed after a broken connection, kept only if it is complete."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO, Any

import httpx2

from services.cli.api import Api
from services.cli.destination import Destination
from services.cli.errors import Corrupt, Refused, Unreachable
from shared.domain.stored_file import SHA256

TRIES = 5  # in a row that bring no byte
PAUSE_S = 1.0  # between two tries


@dataclass(slots=True)
class Transfer:
    """A download in progress."""

    file: IO[bytes]
    is_stream: bool = False  # what was written to the file cannot be taken back
    hash: Any = field(default_factory=hashlib.sha256)
    size: int = 0  # bytes received of the package
    etag: str = ""
    digests: set[str] = field(default_factory=set)  # sha256 in hex, from each place where the server states one
    _written: int = 0  # bytes that a stream has received already
    _written_digest: bytes = b""  # of those bytes

    def write(self, chunk: bytes) -> None:
        """Append the next bytes. A stream receives only those that it has not received before."""
        repeated = chunk[: max(0, self._written - self.size)]
        self.hash.update(repeated)
        self.size += len(repeated)
        if repeated and self.size == self._written and self.hash.digest() != self._written_digest:
            raise Corrupt("the package changed during the download, and the first part of the old one is written")
        self.file.write(chunk[len(repeated) :])
        self.hash.update(chunk[len(repeated) :])
        self.size += len(chunk) - len(repeated)

    def start_over(self) -> None:
        """Prepare for all of the bytes, of the same or of another representation."""
        if not self.is_stream:
            self.file.seek(0)
            self.file.truncate()
        elif self.size >= self._written:
            self._written, self._written_digest = self.size, self.hash.digest()
        self.hash, self.size = hashlib.sha256(), 0


def download(
    api: Api, attachment: dict[str, Any], target: Destination, report: Callable[[int], None], pause_s: float = PAUSE_S
) -> str:
    """Download the package of an `attachment` to `target`, replacing a file there. Returns its sha256 in hex.

    `report` is called with the number of bytes so far. Raises Corrupt, and keeps no file, if the size or the sha256 is
    not the one that the server states.
    """
    with target.open() as file:
        transfer = Transfer(file, target.is_stream)
        if attachment.get("sha256"):
            transfer.digests.add(attachment["sha256"])
        empty_tries = 0
        while transfer.size < attachment["size"] or not transfer.etag:
            before = transfer.size
            error = _receive(api, attachment["url"], transfer, report)
            empty_tries = 0 if transfer.size > before else empty_tries + 1
            if error is None:
                break
            if empty_tries == TRIES:
                raise Unreachable(f"the download stopped at {transfer.size} bytes: {error}") from error
            time.sleep(pause_s)
        _verify(transfer, attachment["size"])
    return str(transfer.hash.hexdigest())


def _receive(api: Api, url: str, transfer: Transfer, report: Callable[[int], None]) -> Exception | None:
    """Receive the bytes of one connection. Returns the error that broke it, None after its proper end."""
    headers = {"Range": f"bytes={transfer.size}-", "If-Range": transfer.etag} if transfer.size and transfer.etag else {}
    try:
        with api.stream(url, {**headers, "Accept-Encoding": "identity"}) as response:
            _begin_at(transfer, response)
            for chunk in response.iter_raw():
                transfer.write(chunk)
                report(transfer.size)
    except httpx2.TransportError as error:
        return error
    except Refused as error:
        if error.status < 500:
            raise
        return error
    return None


def _begin_at(transfer: Transfer, response: httpx2.Response) -> None:
    """Prepare for the bytes of a response: the missing part, or all of another representation."""
    if response.status_code != httpx2.codes.PARTIAL_CONTENT:
        transfer.start_over()
    elif not response.headers.get("Content-Range", "").startswith(f"bytes {transfer.size}-"):
        raise Corrupt("the server sent another part than the missing one")
    transfer.etag = response.headers.get("ETag", "")
    transfer.digests |= stated_digests(response.headers)


def stated_digests(headers: httpx2.Headers) -> set[str]:
    """The sha256 digests in hex that a response states, in Repr-Digest (RFC 9530) and in an ETag of that form."""
    digests = set()
    digest = re.search(r"(?:^|[\s,])sha-256=:([A-Za-z0-9+/=]+):", headers.get("Repr-Digest", ""))
    if digest:
        try:
            digests.add(base64.b64decode(digest[1], validate=True).hex())
        except binascii.Error as error:
            raise Corrupt("the server's Repr-Digest is not valid base64") from error
    etag = re.fullmatch(rf'"({SHA256})"', headers.get("ETag", ""))
    if etag:
        digests.add(etag[1])
    return digests


def _verify(transfer: Transfer, size: int) -> None:
    if transfer.size != size:
        raise Corrupt(f"received {transfer.size} of {size} bytes")
    if not transfer.digests:
        raise Corrupt("the server states no sha256 to verify the package by")
    if transfer.digests != {transfer.hash.hexdigest()}:
        raise Corrupt(f"the package's sha256 is {transfer.hash.hexdigest()}, not {', '.join(sorted(transfer.digests))}")
