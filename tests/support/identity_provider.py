"""An identity provider: keys that it publishes, and tokens that it signs."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey

from deploy.stack.ports import LOOPBACK

ISSUER, AUDIENCE = "https://login.example.edu", "content-exports"
RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
EC, ED = ECKey.generate_key("P-256", {"kid": "ec"}), OKPKey.generate_key("Ed25519", {"kid": "ed"})


def token(key: Any = RSA, alg: str = "RS256", **claims: Any) -> str:
    """A good token, but for what is said."""
    now = int(time.time())
    said = {"iss": ISSUER, "aud": AUDIENCE, "sub": "nobody", "iat": now, "exp": now + 60, **claims}
    said = {name: value for name, value in said.items() if value is not None}
    header = {"alg": alg, "typ": "JWT", **({"kid": key.kid} if key.kid else {})}
    return jws.serialize_compact(header, json.dumps(said).encode(), key, algorithms=[alg])


@dataclass
class Provider:
    """Its published keys, and how often they were asked for."""

    keys: list[Any] = field(default_factory=lambda: [RSA, EC, ED])
    url: str = ""
    asked: int = 0
    broken: bool = False

    async def answer(self, request: web.Request) -> web.Response:
        self.asked += 1
        if self.broken:
            return web.Response(status=500)
        return web.json_response({"keys": [key.as_dict(private=False) for key in self.keys]})

    @property
    def settings(self) -> dict[str, Any]:
        """What makes a service trust it."""
        return {"jwt_keys": self.url, "jwt_issuer": ISSUER, "jwt_audience": AUDIENCE}


@asynccontextmanager
async def running_provider() -> AsyncIterator[Provider]:
    """One on a free port while the block lasts."""
    made, app = Provider(), web.Application()
    app.router.add_get("/jwks", made.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, LOOPBACK, 0)
        await site.start()
        made.url = f"http://{LOOPBACK}:{runner.addresses[0][1]}/jwks"
        yield made
    finally:
        await runner.cleanup()
