"""`make smoke`: a probe course is loaded and exported as each type, over HTTP, as a client does; packages are verified."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from deploy.stack.checkout import ROOT
from deploy.stack.running_system import console_script
from deploy.verbs.steps import VerbRefused

PROBE = ROOT / "deploy" / "sample"
TYPES = ("common_cartridge", "qti", "zip")


def smoke(url: str, token: str) -> Iterator[str]:
    """A line for each thing that went well. Raises VerbRefused at the first that did not. The exports are deleted again."""
    env = {"CONTENT_EXPORTS_URL": url, "CONTENT_EXPORTS_TOKEN": token}
    course = str(_json(env, "load", str(PROBE))["course_id"])
    yield f"the probe course is {course}"
    with TemporaryDirectory() as folder:
        for export_type in TYPES:
            started = time.monotonic()
            out = Path(folder) / export_type
            done = _json(env, "export", "--course", course, "--type", export_type, "--out", str(out), "--json")
            yield f"{export_type}: {out.stat().st_size} bytes, verified, after {time.monotonic() - started:.1f} s"
            _command(env, "delete", str(done["id"]), "--course", course)


def _json(env: Mapping[str, str], *words: str) -> dict[str, Any]:
    return dict(json.loads(_command(env, *words)))


def _command(env: Mapping[str, str], *words: str) -> str:
    done = subprocess.run(
        [console_script(), *words], env={**os.environ, **env}, capture_output=True, text=True, check=False, cwd=ROOT
    )
    if done.returncode:
        raise VerbRefused(f"content-exports {words[0]} failed: {done.stderr.strip()[-500:]}")
    return done.stdout
