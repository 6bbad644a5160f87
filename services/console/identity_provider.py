"""Sign-in by an identity provider: OpenID Connect, code flow with PKCE. Its access token is the person's token at the API.

Sources: OpenID Connect Core 1.0, 3.1; OpenID Connect Discovery 1.0, 4; RFC 7636 (PKCE); RFC 9207 (iss).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import TypeVar

import aiohttp
import msgspec
from aiohttp import web
from cryptography.fernet import Fernet, InvalidToken
from yarl import URL

from services.console.api_client import ApiRefused
from services.console.known_person import sign_in_as
from services.console.pages import refusal, render, see_other, texts_of
from services.console.session import SIGN_IN, TokenTooLong, fernet_key, next_page
from services.console.settings import ConsoleSettings
from shared.http.urls import base_url
from shared.runtime.logs import get_logger

BEGIN, CALLBACK = f"{SIGN_IN}/provider", f"{SIGN_IN}/callback"
_COOKIE, _ATTEMPT_S = "content_exports_sign_in", 600
_ANSWER_S = 10.0
_LONGEST_ANSWER = 1 << 20

Answer = TypeVar("Answer")


class _Discovery(msgspec.Struct):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str


class _Tokens(msgspec.Struct):
    access_token: str


class _Attempt(msgspec.Struct):
    """A sign-in that has begun: its cookie is Lax, since the provider's page leads back to it."""

    state: str
    verifier: str
    next: str


class ProviderFailed(Exception):
    """The provider does not answer, or a sign-in cannot use its answer."""


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """The provider of these settings, whose `oidc_issuer` is set."""

    settings: ConsoleSettings
    session: aiohttp.ClientSession

    def add_to(self, app: web.Application) -> None:
        """Add the routes, and show the way to them on the sign-in page."""
        app[PROVIDER] = self
        app.router.add_get(BEGIN, self.begin)
        app.router.add_get(CALLBACK, self.finish)

    async def begin(self, request: web.Request) -> web.StreamResponse:
        """Send the person to the provider."""
        attempt = _Attempt(
            secrets.token_urlsafe(24), secrets.token_urlsafe(48), next_page(request.query.get("next", ""))
        )
        digest = hashlib.sha256(attempt.verifier.encode()).digest()
        try:
            discovery = await self._discovered()
        except ProviderFailed as error:
            return await self._failed(request, str(error))
        to = URL(discovery.authorization_endpoint).update_query(
            response_type="code",
            client_id=self.settings.oidc_client_id or "",
            redirect_uri=self._redirect_uri(request),
            scope=self.settings.oidc_scope,
            state=attempt.state,
            code_challenge=base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            code_challenge_method="S256",
        )
        answer = see_other(str(to))
        answer.set_cookie(
            _COOKIE,
            self._fernet().encrypt(msgspec.json.encode(attempt)).decode(),
            max_age=_ATTEMPT_S,
            path=SIGN_IN,
            httponly=True,
            secure=self.settings.is_https,
            samesite="Lax",
        )
        return answer

    async def finish(self, request: web.Request) -> web.StreamResponse:
        """The person comes back with a code: take the token for it, and begin a session."""
        _ = (await texts_of(request)).gettext
        attempt = self._attempt(request)
        query = request.query
        if attempt is None or not hmac.compare_digest(query.get("state", "").encode(), attempt.state.encode()):
            return await self._failed(request, _("The sign-in took too long, or was begun elsewhere. Begin again."))
        if query.get("iss", self.settings.oidc_issuer) != self.settings.oidc_issuer or "code" not in query:
            return await self._failed(request, query.get("error_description") or query.get("error", ""))
        try:
            await sign_in_as(request, await self._token(request, query["code"], attempt.verifier))
        except (ProviderFailed, TokenTooLong) as error:
            return await self._failed(request, str(error))
        except ApiRefused as error:
            return await self._failed(request, await refusal(request, error))
        # A page, not a redirect: the new cookie is Strict, and goes with no request that another site has caused.
        answer = await render(request, "signed_in.html", next=attempt.next)
        answer.del_cookie(_COOKIE, path=SIGN_IN)
        return answer

    def _redirect_uri(self, request: web.Request) -> str:
        return base_url(request, self.settings) + CALLBACK

    def _fernet(self) -> Fernet:
        return Fernet(fernet_key(self.settings))

    def _attempt(self, request: web.Request) -> _Attempt | None:
        try:
            content = self._fernet().decrypt(request.cookies.get(_COOKIE, "").encode(), ttl=_ATTEMPT_S)
            return msgspec.json.decode(content, type=_Attempt)
        except (InvalidToken, msgspec.DecodeError):
            return None

    async def _discovered(self) -> _Discovery:
        issuer = (self.settings.oidc_issuer or "").rstrip("/")
        discovery = await self._answer("GET", URL(f"{issuer}/.well-known/openid-configuration"), _Discovery)
        if discovery.issuer.rstrip("/") != issuer:
            raise ProviderFailed(f"the provider calls itself {discovery.issuer}, and OIDC_ISSUER is {issuer}")
        return discovery

    async def _token(self, request: web.Request, code: str, verifier: str) -> str:
        """The access token for this code (RFC 6749, 4.1.3)."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri(request),
            "client_id": self.settings.oidc_client_id or "",
            "code_verifier": verifier,
        }
        if self.settings.oidc_client_secret:
            form["client_secret"] = self.settings.oidc_client_secret
        endpoint = URL((await self._discovered()).token_endpoint)
        return (await self._answer("POST", endpoint, _Tokens, form)).access_token

    async def _answer(self, method: str, url: URL, kind: type[Answer], form: dict[str, str] | None = None) -> Answer:
        try:
            timeout = aiohttp.ClientTimeout(total=_ANSWER_S)
            async with self.session.request(method, url, data=form, allow_redirects=False, timeout=timeout) as answer:
                body = await answer.content.read(_LONGEST_ANSWER)
                if answer.status != 200:
                    raise ProviderFailed(f"the identity provider answers {answer.status}")
                return msgspec.json.decode(body, type=kind)
        except (aiohttp.ClientError, TimeoutError, msgspec.DecodeError) as error:
            raise ProviderFailed("the identity provider does not answer as it should") from error

    async def _failed(self, request: web.Request, reason: str) -> web.Response:
        get_logger().info("sign_in_failed", reason=reason)
        return await render(request, "sign_in.html", 422, next=next_page(""), problem=reason, has_provider=True)


PROVIDER = web.AppKey("provider", IdentityProvider)
