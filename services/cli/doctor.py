"""The command `doctor`: what works and what does not, each with what to do about it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import httpx2
import typer

from services.cli.api import Api, message_of
from services.cli.connection import Server
from services.cli.errors import CommandError
from services.cli.output import Output, printable

_CLOCK_S = 30.0  # difference of clocks that signed tokens and links bear
_FREE_BYTES = 1_000_000_000  # less space than that is too little for many a package


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The result of one check. `advice` says what to do about a problem; it is empty for what is ok."""

    name: str
    detail: str
    advice: str = ""

    @property
    def line(self) -> str:
        """`ok       gateway: ...` or `problem  gateway: ...; what to do`."""
        text = f"{'problem' if self.advice else 'ok':<8} {self.name}: {self.detail}"
        return printable(f"{text}; {self.advice}" if self.advice else text)


def doctor(
    server: Server,
    output: Output,
    out: Annotated[Path, typer.Option("--out", help="Where packages are to be written")] = Path(),
) -> None:
    """Check the server, the token, versions, clocks, limits and the disk. Exit code 1 if there is a problem."""
    with server.connect() as api:
        findings = [*server_findings(api), disk_finding(out)]
    healthy = not any(each.advice for each in findings)
    output.result(
        "\n".join(each.line for each in findings), {"ok": healthy, "checks": [asdict(each) for each in findings]}
    )
    if not healthy:
        raise typer.Exit(1)


def server_findings(api: Api) -> Iterator[Diagnosis]:
    """The checks of a server; only the first if it does not respond."""
    try:
        alive = api.probe("/healthz")
    except CommandError as error:
        yield Diagnosis("gateway", str(error), "check the URL, the network, and that the gateway runs")
        return
    if not alive.is_success:
        advice = "check that the URL is that of the gateway, with nothing behind the port"
        yield Diagnosis("gateway", f"{api.url}/healthz responds with HTTP {alive.status_code}", advice)
        return
    yield Diagnosis("gateway", api.url)
    yield from _readiness(_object(api.probe("/readyz")))
    yield _user(api.probe("/api/v1/users/self"))
    yield _versions(_object(api.probe("/openapi.json")))
    yield _clock(alive)
    yield _limits(api.probe("/api/v1/courses?per_page=1"))


def _readiness(body: dict[str, Any]) -> Iterator[Diagnosis]:
    checks = body.get("checks")
    if not isinstance(checks, dict):
        yield Diagnosis("readiness", "/readyz has no checks", "check that the URL is that of the gateway")
        return
    for name, state in checks.items():
        yield Diagnosis(name, str(state), "" if state == "ok" else f"the operator restores the {name} of the gateway")


def _user(response: httpx2.Response) -> Diagnosis:
    if response.is_success:
        body = _object(response)
        return Diagnosis("token", f"user {body.get('id')}, {body.get('name')}")
    advice = "issue a token with: content-exports token --user ID, and set CONTENT_EXPORTS_TOKEN"
    if response.status_code == httpx2.codes.UNAUTHORIZED and "scope" in message_of(response).lower():
        return Diagnosis("token", "valid, without the scope that shows its user")
    return Diagnosis("token", f"{message_of(response)} (HTTP {response.status_code})", advice)


def _versions(body: dict[str, Any]) -> Diagnosis:
    ours, theirs = version("content-exports"), str((body.get("info") or {}).get("version"))
    detail = f"client {ours}, server {theirs}"
    same = ours.split(".")[:2] == theirs.split(".")[:2]
    return Diagnosis("versions", detail, "" if same else "install the client of the server's version")


def _clock(response: httpx2.Response) -> Diagnosis:
    try:
        server_time = parsedate_to_datetime(response.headers["Date"])
    except (KeyError, ValueError):
        return Diagnosis("clock", "the server states no time")
    seconds = (datetime.now(UTC) - server_time).total_seconds()
    advice = "" if abs(seconds) <= _CLOCK_S else "synchronize the clocks of both machines"
    return Diagnosis("clock", f"{seconds:+.0f} s from the server's", advice)


def _limits(response: httpx2.Response) -> Diagnosis:
    if response.status_code == httpx2.codes.TOO_MANY_REQUESTS:
        wait = response.headers.get("Retry-After", "some")
        return Diagnosis("limits", "the token has used up its rate", f"wait {wait} seconds, or use fewer requests")
    remaining = response.headers.get("X-Rate-Limit-Remaining")
    return Diagnosis(
        "limits", f"{remaining} of the token's rate is left" if remaining else "the token has no rate limit"
    )


def disk_finding(out: Path) -> Diagnosis:
    """Whether the disk of a file or folder, which need not exist, has space."""
    folder = next(each for each in (out.absolute(), *out.absolute().parents) if each.is_dir())
    free = shutil.disk_usage(folder).free
    advice = "" if free >= _FREE_BYTES else "free some space, or name another folder with --out"
    return Diagnosis("disk", f"{free:,} bytes free in {folder}", advice)


def _object(response: httpx2.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
