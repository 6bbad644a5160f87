"""Which addresses a webhook may be connected to: those of the public internet, and what operators allow.

Sources: IANA, IPv4 and IPv6 Special-Purpose Address Registries; RFC 4291 (IPv6), RFC 6052 (NAT64), RFC 3056 (6to4).
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network

_REFUSED_V4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this host, on this network
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # shared by the customers of a carrier
            "127.0.0.0/8",  # loopback
            "168.63.129.16/32",  # a public address that leads to the host of a virtual machine (Azure)
            "169.254.0.0/16",  # link-local, with the metadata of virtual machines
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocol assignments
            "192.0.2.0/24",  # documentation
            "192.31.196.0/24",  # AS112
            "192.52.193.0/24",  # AMT
            "192.88.99.0/24",  # 6to4 relays
            "192.168.0.0/16",  # private
            "192.175.48.0/24",  # AS112
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and broadcast
        ),
    )
)
# Everything outside of it is loopback, link-local, unique local, multicast, reserved, mapped from IPv4 or NAT64.
_GLOBAL_V6 = IPv6Network("2000::/3")
_REFUSED_V6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments, Teredo among them
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4
            "2620:4f:8000::/48",  # AS112
            "3fff::/20",  # documentation
        ),
    )
)


FIRST_FREE_PORT = 1024
_WELL_KNOWN_PORTS = frozenset({80, 443})


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Networks such as 10.1.0.0/16 or fd00::/8. Raises ValueError for any other text."""
    return tuple(ip_network(text) for text in texts)


def is_port_of_receivers(port: int) -> bool:
    """False for the ports of mail, shells and other servers that are no receivers of webhooks."""
    return port in _WELL_KNOWN_PORTS or port >= FIRST_FREE_PORT


def may_connect(address: str, allowed: Iterable[Network] = (), port: int = 443) -> bool:
    """Whether this address, as the operating system writes it, is of an allowed network, or public at a port of receivers."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if any(parsed in network for network in allowed if network.version == parsed.version):
        return True
    if not is_port_of_receivers(port):
        return False
    return _is_public_v4(parsed) if isinstance(parsed, IPv4Address) else _is_public_v6(parsed)


def _is_public_v4(address: IPv4Address) -> bool:
    return not any(address in network for network in _REFUSED_V4)


def _is_public_v6(address: IPv6Address) -> bool:
    return address in _GLOBAL_V6 and not any(address in network for network in _REFUSED_V6)
