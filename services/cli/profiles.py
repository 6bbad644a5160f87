"""ContextOptions servers of a person, in a file of their own: `[profiles.NAME]` with `url` and `token`."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import typer

from services.cli.output import warn

PROFILE = "CONTENT_EXPORTS_PROFILE"


@dataclass(frozen=True, slots=True)
class ServerProfile:
    """A server and a token; each may be missing ("")."""

    url: str = ""
    token: str = field(default="", repr=False)


def profiles_file() -> Path:
    """`content-exports.toml` in the folder of the person's settings (XDG Base Directory Specification)."""
    folder = os.environ.get("XDG_CONFIG_HOME", "")
    return (Path(folder) if folder.startswith("/") else Path.home() / ".config") / "content-exports.toml"


def read_profile(name: str, file: Path | None = None) -> ServerProfile:
    """The profile of this name; an empty one for the name "". Warns of a file with a token that others can read.

    Raises a usage error if the file or the profile is missing or invalid.
    """
    if not name:
        return ServerProfile()
    file = file or profiles_file()
    try:
        profiles = tomllib.loads(file.read_text(encoding="utf-8")).get("profiles", {})
    except (OSError, ValueError) as error:
        raise _usage_error(f"{file}: {error}") from error
    profile = profiles.get(name) if isinstance(profiles, dict) else None
    if not isinstance(profile, dict):
        names = ", ".join(profiles) if isinstance(profiles, dict) and profiles else "none"
        raise _usage_error(f"{file} has no profile {name!r}; it has: {names}")
    values = [profile.get(key, "") for key in ("url", "token")]
    if not all(isinstance(value, str) for value in values):
        raise _usage_error(f"{file}: url and token of profile {name!r} must be strings")
    if values[1] and file.stat().st_mode & 0o077:
        warn(f"warning: {file} has a token and others can read it: chmod 600 {file}")
    return ServerProfile(*values)


def _usage_error(message: str) -> typer.BadParameter:
    return typer.BadParameter(message, param_hint="--profile")
