"""Download links that carry their own right: signed, expiring, compared in constant time."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence

_SIGNATURE_BYTES = 18  # 144 bits


def sign(keys: Sequence[str], file_id: int, expires_at: int) -> str:
    """A verifier for a file until `expires_at` (seconds since 1970), signed with the first key."""
    return f"{expires_at:x}.{_signature(keys[0], file_id, expires_at)}"


def verify(keys: Sequence[str], file_id: int, verifier: str, now: float) -> bool:
    """Whether the verifier was signed for this file by any of the keys and has not expired."""
    stamp, _, signature = verifier.partition(".")
    try:
        expires_at = int(stamp, 16)
    except ValueError:
        return False
    good = [hmac.compare_digest(_signature(key, file_id, expires_at).encode(), signature.encode()) for key in keys]
    return any(good) and now < expires_at


def _signature(key: str, file_id: int, expires_at: int) -> str:
    made = hmac.digest(key.encode(), f"download:{file_id}:{expires_at}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(made[:_SIGNATURE_BYTES]).decode()
