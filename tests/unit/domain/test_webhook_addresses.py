"""Which addresses and URLs a webhook may have: every kind of forbidden address in every spelling."""

from __future__ import annotations

import socket

import pytest

from shared.domain.webhooks.addresses import may_connect, networks
from shared.domain.webhooks.url import url_fault

PUBLIC = ("1.1.1.1", "93.184.216.34", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0", "223.255.255.255", "2606:4700::1111", "2a00:1450:4001:81b::200e")  # fmt: skip
FORBIDDEN = {
    "unspecified": ("0.0.0.0", "0.1.2.3", "::"),
    "loopback": ("127.0.0.1", "127.255.255.254", "::1"),
    "private": ("10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fc00::1", "fdff::1", "fec0::1"),
    "of a carrier": ("100.64.0.1", "100.127.255.255"),
    "link-local": ("169.254.169.254", "fe80::1", "fe80::1%eth0", "febf::1"),
    "multicast": ("224.0.0.1", "239.255.255.255", "ff02::1", "ff0e::1"),
    "reserved": ("240.0.0.1", "255.255.255.255", "192.0.0.8", "192.88.99.1", "4000::1"),
    "of documents and benchmarks": ("192.0.2.1", "198.51.100.1", "203.0.113.1", "198.18.0.1", "2001:db8::1", "3fff::1"),
    "mapped from IPv4": (
        "::ffff:127.0.0.1",
        "::ffff:7f00:1",
        "::ffff:10.0.0.1",
        "::ffff:1.1.1.1",
        "::ffff:0:127.0.0.1",
    ),
    "compatible with IPv4": ("::127.0.0.1", "::7f00:1"),
    "NAT64": ("64:ff9b::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::a00:1"),
    "6to4": ("2002:7f00:1::", "2002:a00:1::1"),
    "Teredo": ("2001:0:4136:e378:8000:63bf:3fff:fdd2",),
    "metadata of machines": ("169.254.169.254", "168.63.129.16", "fd00:ec2::254"),
    "no address": ("", "localhost", "127.1", "0x7f000001", "2130706433", "127.0.0.1.", " 127.0.0.1", "01.1.1.1"),
}


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_connected_to(address: str) -> None:
    assert may_connect(address)


@pytest.mark.parametrize("address", [each for kind in FORBIDDEN.values() for each in kind])
def test_an_address_that_is_not_public_may_not_be_connected_to(address: str) -> None:
    assert not may_connect(address)


@pytest.mark.parametrize(
    "spelling",
    ["2130706433", "0x7f000001", "0x7f.1", "127.1", "0177.0.0.1", "017700000001", "0.0.0.0", "0", "127.0.0.1"],
)
def test_whatever_the_system_makes_of_a_spelling_is_what_is_checked(spelling: str) -> None:
    for *_, place in socket.getaddrinfo(spelling, 80, type=socket.SOCK_STREAM):
        assert not may_connect(str(place[0])), spelling


@pytest.mark.parametrize(
    ("address", "port", "may"), [("8.8.8.8", 443, True), ("8.8.8.8", 25, False), ("10.20.0.1", 25, True)]
)
def test_an_allowed_network_lifts_the_limit_of_ports_for_itself_alone(address: str, port: int, *, may: bool) -> None:
    assert may_connect(address, networks(["10.20.0.0/16"]), port) is may


def test_an_allowed_network_is_that_network_alone_and_in_its_own_version() -> None:
    allowed = networks(["10.20.0.0/16", "fd00:20::/32"])
    for address, may in (
        ("10.20.255.1", True),
        ("fd00:20::1", True),
        ("1.1.1.1", True),
        ("10.21.0.1", False),
        ("fd00:21::1", False),
        ("::ffff:10.20.0.1", False),
        ("127.0.0.1", False),
    ):
        assert may_connect(address, allowed) is may, address


@pytest.mark.parametrize(
    "url",
    [
        "https://receiver.example.edu",
        "https://receiver.example.edu/hook?key=1",
        "https://receiver.example.edu:443/",
        "https://receiver.example.edu:8443/",
        "https://xn--bcher-kva.example/",
        "https://1.1.1.1/",
        "https://[2606:4700::1111]/hook",
        "https://under_score.example/",
    ],
)
def test_an_address_of_the_public_internet_is_accepted(url: str) -> None:
    assert url_fault(url, http=False) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://receiver.example.edu/",
        "ftp://receiver.example.edu/",
        "receiver.example.edu",
        "https://",
        "https:///hook",
        "https://user@receiver.example.edu/",
        "https://user:word@receiver.example.edu/",
        "https://:word@receiver.example.edu/",
        "https://receiver.example.edu/#part",
        "https://receiver.example.edu:22/",
        "https://receiver.example.edu:25/",
        "https://receiver.example.edu:99999/",
        "https://receiver.example.edu:port/",
        "https://bücher.example/",
        "https://receiver.example.edu/a b",
        "https://receiver.example.edu/\r\nX: y",
        "https://receiver..edu/",
        "https://-receiver.edu/",
        "https://receiver.example.edu\\@127.0.0.1/",
        "https://localhost/",
        "https://app.localhost/",
        "https://localhost.localdomain/",
        "https://intranet/",
        "https://printer.local/",
        "https://db.internal/",
        "https://127.0.0.1/",
        "https://127.0.0.1./",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.0.0.1/",
        "https://0177.0.0.1/",
        "https://017700000001/",
        "https://0/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[::]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[fe80::1%25eth0]/",
        "https://[::1/",
        "https://" + "a" * 64 + ".example/",
        "https://receiver.example.edu/" + "a" * 2048,
    ],
)
def test_any_other_url_is_refused_with_a_sentence(url: str) -> None:
    assert (url_fault(url, http=False) or "").startswith("url ")


def test_http_and_networks_of_our_own_are_accepted_where_they_are_allowed() -> None:
    own = networks(["127.0.0.0/8"])
    assert url_fault("http://receiver.example.edu/", http=True) is None
    assert url_fault("http://127.0.0.1:81/", http=True, allowed=own) is None
    assert url_fault("http://receiver:81/", http=True, allowed=own) is None
    assert url_fault("http://10.0.0.1/", http=True, allowed=own) is not None
    assert url_fault("http://user@127.0.0.1/", http=True, allowed=own) is not None
