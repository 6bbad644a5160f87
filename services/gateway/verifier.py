"""Download links that name whom they were given to: signed, expiring, compared in constant time.

A link opens its file for everybody who has it, as far as the user it was given to may still read the export: it carries
that user's right, not a right of its own.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence

_SIGNATURE_BYTES = 18  # 144 bits
_FORM = re.compile(r"([0-9a-f]{1,16})\.([0-9a-f]{1,16})\.")  # numbers of 64 bits, in hexadecimal


def sign(keys: Sequence[str], file_id: int, user_id: int, expires_at: int) -> str:
    """A verifier for a file and a user until `expires_at` (seconds since 1970), signed with the first key."""
    return _signed(keys[0], file_id, user_id, expires_at)


def verified(keys: Sequence[str], file_id: int, verifier: str, now: float) -> int | None:
    """The user whom a verifier of this file was given to; None unless one of the keys signed it and it has not expired."""
    match = _FORM.match(verifier)
    if match is None:
        return None
    expires_at, user_id = int(match[1], 16), int(match[2], 16)
    encoded = verifier.encode(errors="replace")
    good = [hmac.compare_digest(_signed(key, file_id, user_id, expires_at).encode(), encoded) for key in keys]
    return user_id if any(good) and now < expires_at else None


def _signed(key: str, file_id: int, user_id: int, expires_at: int) -> str:
    signature = hmac.digest(key.encode(), f"download:{file_id}:{user_id}:{expires_at}".encode(), hashlib.sha256)
    return f"{expires_at:x}.{user_id:x}.{base64.urlsafe_b64encode(signature[:_SIGNATURE_BYTES]).decode()}"
