"""Texts that are stored encrypted: JSON Web Encryption with AES-256-GCM, by a key that is derived from SECRET_KEY."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

_HEADER = {"alg": "dir", "enc": "A256GCM"}
_PURPOSE = b"content-exports sealed texts v1"  # so that no key of another purpose is the same


class Unsealable(Exception):
    """None of the keys opens it: SECRET_KEY has changed since it was sealed, or it was altered."""


class Seal:
    """Seals with the first key, and opens with any."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = [OctKey.import_key(hmac.digest(key.encode(), _PURPOSE, hashlib.sha256)) for key in keys]

    def seal(self, text: str) -> str:
        """The text, encrypted under a new random nonce."""
        return jwe.encrypt_compact(dict(_HEADER), text.encode(), self._keys[0])

    def open(self, sealed: str) -> str:
        """The text. Raises Unsealable."""
        for key in self._keys:
            try:
                content = jwe.decrypt_compact(sealed, key).plaintext
            except (JoseError, ValueError):
                continue
            if content is not None:
                return content.decode()
        raise Unsealable("no key of SECRET_KEY opens it")
