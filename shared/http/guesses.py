"""The limit of wrong guesses per client address: of access tokens, and of signatures of download links."""

from __future__ import annotations

import ipaddress
import time

from prometheus_client import Counter

from shared.http.answers import too_many
from shared.runtime.leaky_buckets import Clock, LeakyBuckets

_REFUSED = Counter(
    "content_exports_http_guesses_refused_total", "Requests refused because their address had guessed too often"
)

_TOKENS = 10_000  # valid tokens that are remembered
_HOST_BITS = 64  # of an IPv6 address: its holder chooses them
_MINUTE_S = 60


class Guesses:
    """The accounts of one process: each address has `per_minute` guesses, which come back steadily; 0: no limit.

    A token that was valid before is looked up however much its address has guessed, so that a guesser does not shut out
    others who work from the same address.
    """

    def __init__(self, per_minute: float, clock: Clock = time.monotonic) -> None:
        self._buckets = LeakyBuckets(per_minute / _MINUTE_S, per_minute, clock) if per_minute else None
        # By `hash`, which is keyed with a secret of the process: no token stays in memory, and this costs a fraction of a
        # digest for each request. A collision only means that one wrong guess is looked up.
        self._valid: dict[int, None] = {}  # the oldest is first

    def admit(self, address: str, token: str) -> None:
        """Pass a token that is to be looked up. Raises 429 if its address has no guess left and it was never valid."""
        if not self._buckets or hash(token) in self._valid:  # without wrong guesses there are no accounts
            return
        level = self._buckets.level(_network(address))
        if level < 1:
            raise self._refused(1 - level)

    def remember(self, token: str) -> None:
        """Remember that a token is valid."""
        if self._buckets is None or (key := hash(token)) in self._valid:
            return
        self._valid[key] = None
        if len(self._valid) > _TOKENS:
            del self._valid[next(iter(self._valid))]

    def charge(self, address: str) -> None:
        """Count a wrong guess of an address. Raises 429 if it has none left."""
        if self._buckets is not None and (after := self._buckets.spend(_network(address), 1)) < 0:
            raise self._refused(-after)

    def _refused(self, lacking: float) -> Exception:
        assert self._buckets is not None
        _REFUSED.inc()
        return too_many(self._buckets.seconds_until(lacking))


def _network(address: str) -> str:
    """The key of an account: an IPv4 address, the network of an IPv6 one, and one for everything else."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv4Address) or parsed.ipv4_mapped is not None:
        return str(parsed)
    return str(ipaddress.IPv6Address(int(parsed) >> _HOST_BITS << _HOST_BITS))
