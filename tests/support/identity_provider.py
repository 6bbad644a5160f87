"""An identity provider: keys that it publishes, tokens that it signs, and the code flow of a sign-in with PKCE."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey
from yarl import URL

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
    subject: str = "nobody"  # who signs in

    codes: dict[str, dict[str, str]] = field(default_factory=dict)  # code: the query of its authorization request

    @property
    def issuer(self) -> str:
        """The name of a provider whose configuration can be discovered."""
        return self.url.removesuffix("/jwks")

    async def configuration(self, request: web.Request) -> web.Response:
        """OpenID Connect Discovery 1.0, 4.2."""
        endpoints = {
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": self.url,
        }
        return web.json_response({"issuer": self.issuer, **endpoints})

    async def authorize(self, request: web.Request) -> web.Response:
        """The person agrees at once: send them back with a code."""
        query = dict(request.query)
        code = secrets.token_hex(8)
        self.codes[code] = query
        back = URL(query["redirect_uri"]).update_query(code=code, state=query["state"], iss=self.issuer)
        return web.Response(status=302, headers={"Location": str(back)})

    async def exchange(self, request: web.Request) -> web.Response:
        """A token for a code, once, and only with the verifier of its challenge (RFC 7636, 4.6)."""
        form = await request.post()
        query = self.codes.pop(str(form["code"]), {})
        digest = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        same = (query.get("code_challenge"), query.get("redirect_uri"), query.get("client_id"))
        if same != (challenge, form["redirect_uri"], form["client_id"]):
            return web.json_response({"error": "invalid_grant"}, status=400)
        return web.json_response({"access_token": token(iss=self.issuer, sub=self.subject), "token_type": "Bearer"})

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
    app.router.add_get("/.well-known/openid-configuration", made.configuration)
    app.router.add_get("/authorize", made.authorize)
    app.router.add_post("/token", made.exchange)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, LOOPBACK, 0)
        await site.start()
        made.url = f"http://{LOOPBACK}:{runner.addresses[0][1]}/jwks"
        yield made
    finally:
        await runner.cleanup()
