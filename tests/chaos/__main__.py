"""`make chaos`: the random run, the directed faults, and the loops of kills; or one of them. Ends with 1 if one fails."""

from __future__ import annotations

import argparse
import logging
import os
import secrets
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from unittest import mock

from tests.chaos import directed, fairness
from tests.chaos.alerts import alert_run
from tests.chaos.cluster_run import cluster_run, each_in_turn
from tests.chaos.figures import Row, markdown
from tests.chaos.injections import draw
from tests.chaos.invariants import Facts, by_invariant
from tests.chaos.random_run import Plan, RandomRun
from tests.support.cluster import running_cluster
from tests.support.proxy import gateways_behind_a_proxy
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
    logging.getLogger("aiormq").setLevel(logging.CRITICAL)  # a traceback for each connection that is lost
    options = _options()
    rows: list[Row] = []
    failures = [name for name in options.what or ALL if not RUNS[name](options, rows)]
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
    return _ended(run, facts, rows)


def _cluster(options: argparse.Namespace, rows: list[Row]) -> bool:
    print(f"cluster run: --rounds {options.rounds} --exports {options.exports} --seed {options.seed}", flush=True)
    with (
        mock.patch.dict(os.environ, SETTINGS),
        running_cluster() as cluster,
        running_stack(cluster.as_servers()) as stack,
        tempfile.TemporaryDirectory() as folder,
        gateways_behind_a_proxy(stack, Path(folder)) as gateways,
    ):
        plan = Plan(each_in_turn(options.rounds), options.exports, options.seed)
        run = cluster_run(stack, cluster, gateways, plan, Path(folder))
        facts = run.run()
    return _ended(run, facts, rows)


def _ended(run: RandomRun, facts: Facts, rows: list[Row]) -> bool:
    rows += run.rows(facts)
    print(by_invariant(run.violations) or f"{len(facts.exports)} exports, all invariants hold")
    return not run.violations


def _fairness(options: argparse.Namespace, rows: list[Row]) -> bool:
    queue = fairness.Queue(options.large, options.large_mib, options.small, options.newcomers)
    with (
        session_servers() as servers,
        running_stack(servers, **queue.settings()) as stack,
        tempfile.TemporaryDirectory() as folder,
    ):
        found = fairness.run(stack, queue, Path(folder))
    rows += found
    return not any(row.failed for row in found)


def _directed(options: argparse.Namespace, rows: list[Row]) -> bool:
    return directed.run(directed.FAULTS, rows)


def _kills(options: argparse.Namespace, rows: list[Row]) -> bool:
    return directed.run(directed.KILLS, rows, COMMANDS=os.environ.get("COMMANDS", "5000"))


def _alerts(options: argparse.Namespace, rows: list[Row]) -> bool:
    return alert_run.run(options.only, options.factor)


RUNS: Mapping[str, Callable[[argparse.Namespace, list[Row]], bool]] = {
    "random": _random,
    "directed": _directed,
    "kills": _kills,
    "fairness": _fairness,
    "cluster": _cluster,
    "alerts": _alerts,
}
ALL = ("random", "directed", "kills", "fairness")  # what `make chaos` runs; the others have verbs of their own


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos ARGS=...", description=__doc__)
    parser.add_argument("what", nargs="*", choices=[*RUNS, []], help="without any, all of them")
    parser.add_argument("--injections", type=int, default=200, help="faults of the random run")
    parser.add_argument(
        "--exports", type=int, default=5000, help="exports of a run, without those that measure recovery"
    )
    parser.add_argument("--rounds", type=int, default=3, help="how often each part of the cluster is lost")
    parser.add_argument("--large", type=int, default=10, help="large zips of the run of fairness")
    parser.add_argument(
        "--large-mib", type=int, default=2048, help="their size; all of them together need as much disk"
    )
    parser.add_argument("--small", type=int, default=1500, help="small exports of the run of fairness")
    parser.add_argument("--newcomers", type=int, default=20, help="exports of each type that the other owner requests")
    parser.add_argument("--only", nargs="+", default=(), help="alerts of the run of alerts, such as DeadLetters")
    parser.add_argument("--factor", type=float, default=alert_run.FACTOR, help="what durations of rules are divided by")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10_000), help="of the random run; printed")
    return parser.parse_args()


if __name__ == "__main__":
    main()
