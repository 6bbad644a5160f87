"""How often an address may guess: tokens that were never issued, and signatures of download links that are wrong."""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from prometheus_client import Counter

from shared.adapters.postgres.access import digest
from shared.http.answers import too_many

_REFUSED = Counter("http_guesses_refused_total", "Requests refused because their address had guessed too often")

_ADDRESSES = 10_000  # kept at most; one that is let go starts full again
_TOKENS = 10_000  # good tokens that are remembered, by their digests
_HOST_BITS = 64  # of an IPv6 address: its holder chooses them
_MINUTE_S = 60


@dataclass(slots=True)
class _Account:
    left: float  # guesses
    since: float  # by the clock


class Guesses:
    """The accounts of one process: each address has `per_minute` guesses, which come back steadily; 0: no limit.

    A token that was good before is looked up however much its address has guessed, so that a guesser does not shut out
    those who work from the same address.
    """

    def __init__(self, per_minute: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = per_minute
        self._clock = clock
        self._accounts: OrderedDict[str, _Account] = OrderedDict()  # by network; the one used last is last
        self._good: OrderedDict[bytes, None] = OrderedDict()  # the one used last is last

    def admit(self, address: str, token: str) -> None:
        """Pass a token that is to be looked up. Raises 429 where its address has no guess left and it was never good."""
        account = self._accounts.get(_network(address)) if self._accounts else None
        if account is not None and digest(token) not in self._good:
            self._refill(account)
            self._require(account)

    def remember(self, token: str) -> None:
        """Remember that a token is good."""
        if not self._most:
            return
        key = digest(token)
        self._good[key] = None
        self._good.move_to_end(key)
        if len(self._good) > _TOKENS:
            self._good.popitem(last=False)

    def charge(self, address: str) -> None:
        """Take a wrong guess from its address. Raises 429 where there is none left."""
        if not self._most:
            return
        network = _network(address)
        account = self._accounts.setdefault(network, _Account(self._most, self._clock()))
        self._accounts.move_to_end(network)
        if len(self._accounts) > _ADDRESSES:
            self._accounts.popitem(last=False)
        self._refill(account)
        self._require(account)
        account.left -= 1

    def _refill(self, account: _Account) -> None:
        now = self._clock()
        account.left = min(self._most, account.left + (now - account.since) * self._most / _MINUTE_S)
        account.since = now

    def _require(self, account: _Account) -> None:
        if account.left < 1:
            _REFUSED.inc()
            raise too_many((1 - account.left) * _MINUTE_S / self._most)


def _network(address: str) -> str:
    """What shares an account: an IPv4 address, the network of an IPv6 one, and all that is neither."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv4Address) or parsed.ipv4_mapped is not None:
        return str(parsed)
    return str(ipaddress.IPv6Address(int(parsed) >> _HOST_BITS << _HOST_BITS))
