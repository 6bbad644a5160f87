"""The way to receivers: which addresses are connected to, what is followed, how long and how much is waited for."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from services.notifier.webhooks import client as client_module
from services.notifier.webhooks.client import MOST_BYTES, NoAnswer, open_client
from shared.domain.webhooks.addresses import networks
from tests.integration.notifier.receiver import Receiver, receiving

LOOPBACK = networks(["127.0.0.0/8"])
PUBLIC = networks(["127.0.0.2/32"])  # stands for a public address here; 127.0.0.1 for one that is not
REFUSED = "The host is not at an address of the public internet."


class Names(AbstractResolver):
    """A server of names that gives these answers in turn, whatever is asked."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def resolve(self, host: str, port: int = 0, family: Any = socket.AF_INET) -> list[ResolveResult]:
        self.asked.append(host)
        addresses = self.answers.pop(0)
        return [
            ResolveResult(hostname=host, host=address, port=port, family=socket.AF_INET, proto=0, flags=0)
            for address in addresses
        ]

    async def close(self) -> None:
        pass


def named(receiver: Receiver, host: str = "receiver.example.edu") -> str:
    return receiver.url.replace("127.0.0.1", host).replace("127.0.0.2", host)


async def test_a_name_that_leads_to_a_public_address_and_then_to_loopback_is_not_connected_to_the_second_time() -> None:
    names = Names(["127.0.0.2"], ["127.0.0.1"])
    async with (
        receiving(host="127.0.0.2") as public,
        receiving(host="127.0.0.1") as private,
        open_client(PUBLIC, names) as client,
    ):
        assert await client.post(named(public), b"{}", {"Connection": "close"}) == 204
        with pytest.raises(NoAnswer, match=REFUSED):
            await client.post(named(private), b"{}", {})
    assert (public.connections, private.connections, len(names.asked)) == (1, 0, 2)


async def test_a_name_is_looked_up_once_for_a_connection_which_goes_to_the_address_that_was_checked() -> None:
    names = Names(["127.0.0.2"])  # a second question would be an error
    async with receiving(host="127.0.0.2") as public, open_client(PUBLIC, names) as client:
        assert await client.post(named(public), b"{}", {}) == 204
    assert names.asked == ["receiver.example.edu"]


async def test_of_several_addresses_of_a_name_those_that_are_not_public_are_passed_over() -> None:
    async with receiving(host="127.0.0.2") as public, open_client(PUBLIC, Names(["127.0.0.1", "127.0.0.2"])) as client:
        assert await client.post(named(public), b"{}", {}) == 204


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "0x7f.1", "127.1", "0177.0.0.1", "0.0.0.0", "0"],
)  # fmt: skip
async def test_no_spelling_of_loopback_is_connected_to(host: str) -> None:
    async with receiving() as private, open_client(()) as client:
        with pytest.raises(NoAnswer):
            await client.post(named(private, host), b"{}", {})
    assert private.connections == 0


@pytest.mark.parametrize(
    "host", ["[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[fe80::1]", "[::]"]
)
async def test_no_address_of_ipv6_that_is_not_public_is_connected_to(host: str) -> None:
    async with receiving() as private, open_client(()) as client:
        with pytest.raises(NoAnswer, match=REFUSED):
            await client.post(named(private, host), b"{}", {})
    assert private.connections == 0


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    async with receiving() as inside:

        async def elsewhere(request: web.Request) -> web.StreamResponse:
            return web.Response(status=307, headers={"Location": inside.url})

        async with receiving(elsewhere) as receiver, open_client(LOOPBACK) as client:
            assert await client.post(receiver.url, b"{}", {}) == 307
    assert (inside.connections, len(receiver.got)) == (0, 1)


async def test_a_proxy_of_the_environment_means_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiving() as proxy, receiving() as receiver:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        async with open_client(LOOPBACK) as client:
            assert await client.post(receiver.url, b"{}", {}) == 204
    assert (proxy.connections, receiver.connections) == (0, 1)


async def test_no_more_than_64_kilobytes_of_an_answer_are_read_and_its_status_counts() -> None:
    written = 0
    ended = asyncio.Event()

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal written
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x" * 16_384)
                written += 16_384
        except (ConnectionError, aiohttp.ClientConnectionResetError, asyncio.CancelledError):
            return response
        finally:
            ended.set()

    async with receiving(endless) as receiver, open_client(LOOPBACK) as client:
        assert await client.post(receiver.url, b"{}", {}) == 200
        async with asyncio.timeout(30):
            await ended.wait()
    assert written < 100 * MOST_BYTES  # what buffers of the network hold


async def test_a_receiver_that_does_not_answer_in_time_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    let = asyncio.Event()

    async def silent(request: web.Request) -> web.StreamResponse:
        await let.wait()
        return web.Response()

    monkeypatch.setattr(client_module, "TOTAL_S", 0.1)
    async with receiving(silent) as receiver, open_client(LOOPBACK) as client:
        with pytest.raises(NoAnswer, match="did not answer within"):
            await client.post(receiver.url, b"{}", {})
        let.set()


async def test_what_is_no_http_and_what_refuses_a_connection_is_no_answer_with_a_sentence() -> None:
    async def no_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.edu ESMTP\r\n")
        writer.close()

    server = await asyncio.start_server(no_http, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with open_client(LOOPBACK) as client:
        with pytest.raises(NoAnswer, match="is not HTTP"):
            await client.post(f"http://127.0.0.1:{port}/", b"{}", {})
        server.close()
        await server.wait_closed()
        with pytest.raises(NoAnswer, match="refused the connection"):
            await client.post(f"http://127.0.0.1:{port}/", b"{}", {})
        with pytest.raises(NoAnswer, match="name of the host"):
            await client.post("http://receiver.invalid/", b"{}", {})


async def test_a_receiver_of_https_without_a_certificate_is_no_answer() -> None:
    async with receiving() as receiver, open_client(LOOPBACK) as client:
        with pytest.raises(NoAnswer, match="TLS"):
            await client.post(receiver.url.replace("http://", "https://"), b"{}", {})
