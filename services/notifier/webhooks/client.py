"""The way to receivers: one POST, to addresses that may be connected to, within limits of time and size.

The address is checked where the socket for it is made, so that it is the one that is connected to, whatever a name leads
to a moment later, and however an address is spelt. Proxies of the environment, redirects and cookies mean nothing here.
"""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from shared.domain.webhooks.addresses import Network, may_connect

TOTAL_S = 10.0
MOST_BYTES = 65_536  # of an answer that are read; it is only its status that counts


class NoAnswer(Exception):
    """The receiver could not be reached, or did not answer; the text is for the owner of the webhook."""


class ForbiddenAddress(OSError):
    """The host of a webhook leads to an address that it may not be connected to."""


@dataclass(frozen=True, slots=True)
class WebhookClient:
    """Posts to receivers."""

    session: aiohttp.ClientSession

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """The status of the answer. Raises NoAnswer."""
        try:
            # Encoded: what the owner registered is sent as it is.
            target = URL(url, encoded=True)
            async with self.session.post(target, data=body, headers=headers, allow_redirects=False) as answer:
                with suppress(TimeoutError, aiohttp.ClientError):  # the status is there, and it is all that counts
                    await _read_some(answer)
                return answer.status
        except (TimeoutError, aiohttp.ClientError, ValueError, OSError) as error:
            raise NoAnswer(_sentence(error)) from error


async def _read_some(answer: aiohttp.ClientResponse) -> None:
    """Read the answer, so that its connection can be used again; close one that goes on beyond the limit."""
    size = 0
    async for chunk in answer.content.iter_any():
        size += len(chunk)
        if size > MOST_BYTES:
            answer.close()
            return


@asynccontextmanager
async def open_client(
    allowed: Iterable[Network], resolver: AbstractResolver | None = None
) -> AsyncIterator[WebhookClient]:
    """A client that connects to public addresses and to those of the allowed networks."""
    networks = tuple(allowed)

    def checked_socket(address: Any) -> socket.socket:
        family, kind, protocol, _, place = address
        if not may_connect(str(place[0]), networks, place[1]):
            raise ForbiddenAddress("an address or a port that webhooks may not have")
        return socket.socket(family=family, type=kind, proto=protocol)

    connector = aiohttp.TCPConnector(
        limit=0, use_dns_cache=False, socket_factory=checked_socket, resolver=resolver, keepalive_timeout=15.0
    )
    session = aiohttp.ClientSession(
        connector=connector,
        timeout=aiohttp.ClientTimeout(total=TOTAL_S),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,  # a small answer may become a large one
        trust_env=False,
    )
    async with session:
        yield WebhookClient(session)


def _sentence(error: Exception) -> str:
    """What the owner of a webhook reads; nothing of our own network is in it."""
    if isinstance(error, TimeoutError):
        return f"The receiver did not answer within {TOTAL_S:.0f} seconds."
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "The name of the host was not found."
    if isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, ForbiddenAddress):
        return "The host is not at an address of the public internet, or its port is not allowed there."
    if isinstance(error, aiohttp.ClientSSLError):
        return "A TLS connection could not be made: the certificate of the host is not valid, or it has none."
    if isinstance(error, aiohttp.ClientConnectorError):
        return "The host refused the connection, or could not be reached."
    return "The receiver closed the connection, or its answer is not HTTP."
