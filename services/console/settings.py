"""The settings of the console: where it finds the HTTP API, and how people sign in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from shared.runtime.environment import exit_for_mistakes, read_environment
from shared.runtime.settings import HttpAddress, Positive, ServerSettings, long_keys


def _long_key(text: str) -> str:
    (key,) = long_keys((text,))
    return key


@dataclass(frozen=True, kw_only=True)
class ConsoleSettings(ServerSettings):
    """The settings of the console. The environment variables have the same names in upper case."""

    api_url: HttpAddress = "http://127.0.0.1:8080"  # where the console finds the gateway
    console_key: Annotated[str, _long_key] = field(repr=False)  # encrypts the cookies of people who are signed in
    console_session_s: Positive = 28_800.0  # how long a person stays signed in
    oidc_issuer: HttpAddress | None = None  # identity provider of the sign-in; unset: people sign in with a token
    oidc_client_id: str | None = None  # the name of the console at the provider
    oidc_client_secret: str | None = field(default=None, repr=False)  # unset: a public client, with PKCE alone
    oidc_scope: str = "openid"  # scopes that the console asks for, separated by spaces

    def __post_init__(self) -> None:
        """Raise ValueError for a provider that does not know the console."""
        if self.oidc_issuer and not self.oidc_client_id:
            raise ValueError("OIDC_ISSUER needs OIDC_CLIENT_ID, the name of the console at the provider")


def read_console_settings() -> ConsoleSettings:
    """The settings of this process. Ends it with exit code 78 and a line for each invalid environment variable."""
    with exit_for_mistakes():
        return read_environment(ConsoleSettings)
