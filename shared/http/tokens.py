"""The caller of a bearer token: of tokens that were issued here, and of those of an identity provider."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from msgspec.structs import replace

from shared.adapters.postgres.access import Token
from shared.contracts.api import moment
from shared.domain.errors import TokenExpired, TokenInvalid
from shared.domain.export import Context, ContextType
from shared.domain.path_ids import Alias, is_storable, parse_number
from shared.domain.rights import Caller
from shared.http.answers import UnknownToken, invalid_token

_REVOKED, _EXPIRED = "Revoked access token.", "Expired access token."


class Users(Protocol):
    """What is known of people and of the tokens that were issued to them."""

    def token(self, text: str, context: Context | None) -> Awaitable[Token | None]:
        """What is known of a token, with what ties its user to the context; None for one that was never issued."""

    async def caller(self, user_id: int) -> Caller | None:
        """A user as a caller; None for an unknown or deleted one."""

    async def find(self, kind: ContextType, alias: Alias) -> int | None:
        """The id of the course, group or user that has this name; None for an unknown one."""


class Tokens(Protocol):
    """One kind of tokens."""

    async def caller(self, token: str, context: Context | None) -> Caller:
        """The caller, perhaps with the facts about the caller and the context that the request names.

        Raises the 401 answers for a token that is unknown, expired or revoked.
        """


class IssuedTokens:
    """Those of the database."""

    def __init__(self, users: Users) -> None:
        self._users = users

    async def caller(self, token: str, context: Context | None) -> Caller:
        """The caller, with the facts about the caller and the context: both in one round trip."""
        stored = await self._users.token(token, context)
        if stored is None:
            raise UnknownToken
        if stored.revoked:
            raise invalid_token(_REVOKED)
        if stored.expired and stored.expires_at is not None:
            raise invalid_token(_EXPIRED, expired_at=moment(stored.expires_at))
        return stored.caller


class Verifier(Protocol):
    """Verifies JSON Web Tokens."""

    async def claims(self, token: str) -> dict[str, Any]:
        """The claims of a token. Raises TokenInvalid, TokenExpired, KeysUnavailable."""


class ProvidedTokens:
    """Tokens of an identity provider, for users of this system; a token that is no JSON Web Token was issued here."""

    def __init__(self, users: Users, verifier: Verifier, claims: tuple[str, str, str | None], issued: Tokens) -> None:
        """`claims`: the one with the user, what of the user it holds, and the one with the scopes."""
        self._users = users
        self._verifier = verifier
        self._user_claim, self._user_field, self._scopes_claim = claims
        self._issued = issued

    async def caller(self, token: str, context: Context | None) -> Caller:
        """The user whom the claims name."""
        # The compact form of a JWS has three parts (RFC 7515, 7.1); issued tokens are hexadecimal.
        if token.count(".") != 2:
            return await self._issued.caller(token, context)
        try:
            claims = await self._verifier.claims(token)
        except TokenExpired as error:
            ended = datetime.fromtimestamp(error.expired_at, UTC)
            raise invalid_token(_EXPIRED, expired_at=moment(ended)) from error
        except TokenInvalid as error:
            raise UnknownToken from error
        user = await self._user(claims.get(self._user_claim))
        if user is None:
            raise UnknownToken
        return replace(user, scopes=self._scopes(claims), token=f"jwt:{user.user_id}")

    async def _user(self, name: Any) -> Caller | None:
        text = str(name) if isinstance(name, str | int) else ""
        user_id = parse_number(text) if self._user_field == "id" else await self._find(text)
        return None if user_id is None else await self._users.caller(user_id)

    async def _find(self, text: str) -> int | None:
        if not text or not is_storable(text):
            return None
        # These are looked up in lower case.
        lowered = self._user_field in ("login_id", "uuid")
        return await self._users.find(ContextType.USER, Alias(self._user_field, text.lower() if lowered else text))

    def _scopes(self, claims: dict[str, Any]) -> frozenset[str] | None:
        """A claim as OAuth has it: words in a string, or a list. Where it is looked for and absent, none are given."""
        if self._scopes_claim is None:
            return None
        claim = claims.get(self._scopes_claim, ())
        words: Sequence[Any] = claim.split() if isinstance(claim, str) else claim if isinstance(claim, list) else ()
        return frozenset(word for word in words if isinstance(word, str) and word.startswith("url:"))
