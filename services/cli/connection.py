"""The server and the token of a command: from options, the environment, a profile, or a running `make run`."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from services.cli.api import Api
from services.cli.errors import InvalidSetting
from services.cli.profiles import PROFILE, ServerProfile, read_profile

URL, TOKEN = "CONTENT_EXPORTS_URL", "CONTENT_EXPORTS_TOKEN"


@dataclass(frozen=True, slots=True)
class ServerAccess:
    """A base URL (scheme, host, port) and a bearer token."""

    url: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Server:
    """The options that name a server. Typer fills in the environment's values, so these win over a profile."""

    url: Annotated[str, typer.Option("--url", envvar=URL, help="The server", show_default=False)] = ""
    token: Annotated[str, typer.Option("--token", envvar=TOKEN, help="Access token", show_default=False)] = ""
    profile: Annotated[str, typer.Option(envvar=PROFILE, help="A server of your profiles", show_default=False)] = ""

    @contextmanager
    def connect(self, url_of_export: str = "") -> Iterator[Api]:
        """A client of the server, closed at the end of the block. `url_of_export` is the server in the URL of an export, if any."""
        with open_api(connection(self.url, self.token, read_profile(self.profile), url_of_export)) as api:
            yield api


@contextmanager
def open_api(to: ServerAccess) -> Iterator[Api]:
    """A client, closed at the end of the block."""
    api = Api(to.url, to.token)
    try:
        yield api
    finally:
        api.close()


def connection(
    url: str, token: str, profile: ServerProfile | None = None, url_of_export: str = "", folder: Path | None = None
) -> ServerAccess:
    """The connection, with empty arguments filled in from the profile, then from `.run/env` in or above `folder`.

    A token of either is used only for the server beside it. `url_of_export`, the server of an export, is the server
    if nothing else names one. Raises a usage error if something is missing, or if `url_of_export` is another one.
    """
    profile, env = profile or ServerProfile(), _run_env(folder or Path.cwd())
    sources = ((profile.url, profile.token), (env.get(URL, ""), env.get(TOKEN, "")))
    url = _base(url or profile.url or url_of_export or env.get(URL, ""))
    for beside, its_token in sources:
        if not token and url and _base(beside) == url:
            token = its_token
    _require(url, token)
    if url_of_export and _base(url_of_export) != url:
        raise typer.BadParameter(f"the export is on {url_of_export}, and the server is {url}", param_hint="--url")
    return ServerAccess(url, token)


def _require(url: str, token: str) -> None:
    for value, name, option in ((url, URL, "--url"), (token, TOKEN, "--token")):
        if not value:
            message = f"set {name}, name a --profile, or start the system with `make run`"
            raise typer.BadParameter(message, param_hint=option)
    try:
        parts = urlsplit(url)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        valid = False
    if not valid:
        raise InvalidSetting(f"{URL}: not an address of the form https://host")


def _base(url: str) -> str:
    return url.rstrip("/")


def _run_env(folder: Path) -> dict[str, str]:
    for each in (folder, *folder.parents):
        try:
            return read_env((each / ".run" / "env").read_text())
        except OSError:
            continue
    return {}


def read_env(text: str) -> dict[str, str]:
    """The variables in lines of `export NAME=value`, parsed as a shell would."""
    words = (shlex.split(line, comments=True) for line in text.splitlines())
    pairs = (word.partition("=") for line in words for word in line if "=" in word)
    return {name: value for name, _, value in pairs}
