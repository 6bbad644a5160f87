"""Fuzz the parsers that a stranger reaches, one after another.

    python -m tests.fuzz [TARGET...] [--seconds 60]     every target, or these, for so long each
    python -m tests.fuzz TARGET --input FILE            one input again, with its traceback

What was reached and found stays under .run/fuzz/<target>: corpus/ is where the next run starts, findings/ has each
input that broke its promise beside the traceback. Ends with 1 where there is any.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

from tests.fuzz.limits import run_within_limits
from tests.fuzz.targets import TARGETS

_FOLDER = Path(".run") / "fuzz"
_START_S = 600  # what an engine may need on top of its time, for its imports and what earlier runs have reached
_EXECUTED = re.compile(r"stat::number_of_executed_units:\s*(\d+)")


def main(arguments: list[str] | None = None) -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(prog="make fuzz", description="Fuzz the parsers that a stranger reaches.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--input", type=Path, help="run this file through the target, and nothing else")
    options = parser.parse_args(arguments)
    if unknown := set(options.targets) - set(TARGETS):
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    names = options.targets or list(TARGETS)
    if options.input:
        for name in names:
            run_within_limits(TARGETS[name], options.input.read_bytes())
        return 0
    findings = [found for name in names for found in _fuzz(name, options.seconds)]
    return 1 if findings else 0


def _fuzz(name: str, seconds: int) -> list[Path]:
    """Run one engine to its end; what is among the findings of its target, those of earlier runs included."""
    command = [sys.executable, "-m", "tests.fuzz.engine", name, str(_FOLDER), f"-max_total_time={seconds}"]
    log = _FOLDER / name / "log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as out:
        try:
            done = subprocess.run(
                command, stdout=out, stderr=subprocess.STDOUT, check=False, timeout=seconds + _START_S
            )
            ended = "" if done.returncode == 0 else f", ended early with {done.returncode}: see {log}"
        except subprocess.TimeoutExpired:
            ended = f", did not end: see {log}"
    executed = _EXECUTED.search(log.read_text(errors="replace"))
    findings = [path for path in sorted((log.parent / "findings").glob("*")) if path.suffix != ".txt"]
    print(f"{name:16} {executed[1] if executed else '?':>9} inputs, {len(findings)} findings{ended}", flush=True)
    for path in findings:
        print(f"    {path}", flush=True)
    return findings


if __name__ == "__main__":
    sys.exit(main())
