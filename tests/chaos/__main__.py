"""`make chaos`: the random run, the directed faults, and the loops of kills; or one of them. Ends with 1 if one fails."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from unittest import mock

from tests.chaos import directed
from tests.chaos.figures import Row, markdown
from tests.chaos.injections import draw
from tests.chaos.invariants import by_invariant
from tests.chaos.random_run import Plan, RandomRun
from tests.support.servers import session_servers
from tests.support.stack import running_stack

SETTINGS = {
    "GUESSES_PER_MINUTE": "0",  # all clients have one address
    "CLEANUP_S": "2",
    "ORPHAN_AFTER_S": "20",
    "UNFIT_AFTER_S": "5",
    "RETRY_BACKOFF_S": "0.5",
}


def main() -> None:
    """Run what the command line names, and print the table."""
    options = _options()
    rows: list[Row] = []
    failures = [name for name in options.what or RUNS if not RUNS[name](options, rows)]
    print(f"\n{markdown(rows)}")
    if failures:
        sys.exit(f"failed: {', '.join(failures)}")


def _random(options: argparse.Namespace, rows: list[Row]) -> bool:
    print(
        f"random run: --injections {options.injections} --exports {options.exports} --seed {options.seed}", flush=True
    )
    with (
        mock.patch.dict(os.environ, SETTINGS),
        session_servers() as servers,
        running_stack(servers) as stack,
        tempfile.TemporaryDirectory() as folder,
    ):
        injections = list(draw(options.seed, options.injections, native=servers.native is not None))
        plan = Plan(injections, options.exports, options.seed)
        run = RandomRun(stack, plan, Path(folder), lambda line: print(line, flush=True), f"random, seed {options.seed}")
        facts = run.run()
    rows += run.rows(facts)
    print(by_invariant(run.violations) or f"{len(facts.exports)} exports, all invariants hold")
    return not run.violations


def _directed(options: argparse.Namespace, rows: list[Row]) -> bool:
    return directed.run(directed.FAULTS, rows)


def _kills(options: argparse.Namespace, rows: list[Row]) -> bool:
    return directed.run(directed.KILLS, rows, COMMANDS=os.environ.get("COMMANDS", "5000"))


RUNS: Mapping[str, Callable[[argparse.Namespace, list[Row]], bool]] = {
    "random": _random,
    "directed": _directed,
    "kills": _kills,
}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos ARGS=...", description=__doc__)
    parser.add_argument("what", nargs="*", choices=[*RUNS, []], help="without any, all of them")
    parser.add_argument("--injections", type=int, default=200, help="faults of the random run")
    parser.add_argument("--exports", type=int, default=5000, help="exports of the random run, without probes")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10_000), help="of the random run; printed")
    return parser.parse_args()


if __name__ == "__main__":
    main()
