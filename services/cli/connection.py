"""The server and the token of a command: from options, the environment, or the `.run/env` of a running `make run`."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from pathlib import Path

import typer

URL, TOKEN = "CONTENT_EXPORTS_URL", "CONTENT_EXPORTS_TOKEN"


@dataclass(frozen=True, slots=True)
class Connection:
    """A base URL (scheme, host, port) and a bearer token."""

    url: str
    token: str = field(repr=False)


def connection(url: str, token: str, folder: Path | None = None) -> Connection:
    """The connection, with empty arguments filled in from `.run/env` in or above `folder` (default: here).

    The token of the file is used only for the server of the file. Raises a usage error if something is missing.
    """
    env = _run_env(folder or Path.cwd())
    url = (url or env.get(URL, "")).rstrip("/")
    if not token and url == env.get(URL, "").rstrip("/"):
        token = env.get(TOKEN, "")
    for value, name, option in ((url, URL, "--url"), (token, TOKEN, "--token")):
        if not value:
            raise typer.BadParameter(f"set {name}, or start the system with `make run`", param_hint=option)
    return Connection(url, token)


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
