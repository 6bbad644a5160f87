"""Which server to talk to, and as whom: options, environment, or what a running `make run` has left in `.run/env`."""

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
    """Fill in from `.run/env` of `folder` (default: here) or above it what is empty; a usage error if that fails.

    A token of the file goes to the file's server only.
    """
    found = _left_by_run(folder or Path.cwd())
    url = (url or found.get(URL, "")).rstrip("/")
    if not token and url == found.get(URL, "").rstrip("/"):
        token = found.get(TOKEN, "")
    for value, name, option in ((url, URL, "--url"), (token, TOKEN, "--token")):
        if not value:
            raise typer.BadParameter(f"set {name}, or start the system with `make run`", param_hint=option)
    return Connection(url, token)


def _left_by_run(folder: Path) -> dict[str, str]:
    for place in (folder, *folder.parents):
        try:
            return read_env((place / ".run" / "env").read_text())
        except OSError:
            continue
    return {}


def read_env(text: str) -> dict[str, str]:
    """Read lines of `export NAME=value` as a shell would."""
    words = (shlex.split(line, comments=True) for line in text.splitlines())
    pairs = (word.partition("=") for line in words for word in line if "=" in word)
    return {name: value for name, _, value in pairs}
