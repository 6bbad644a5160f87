"""The secrets of webhooks, and signatures with them. Source: Standard Webhooks 1.0.0, "Signature scheme"."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable

PREFIX = "whsec_"
_BYTES = 32  # the specification wants 24 to 64


def new_secret() -> str:
    """A random secret, as its owner gets it: `whsec_` and base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def signatures(owned: Iterable[str], message_id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`: `v1,` and base64 of HMAC-SHA256 by each secret, separated by spaces.

    What is signed is `id.timestamp.body`; the timestamp is in seconds since 1970.
    """
    content = f"{message_id}.{timestamp}.".encode() + body
    digests = (hmac.digest(base64.b64decode(each.removeprefix(PREFIX)), content, hashlib.sha256) for each in owned)
    return " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)
