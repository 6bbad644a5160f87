"""A run on a cluster: each node, the primary database and each gateway is lost in turn, and the rest does the work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.chaos.background import Background
from tests.chaos.faults import Faults, newest, suspended
from tests.chaos.injections import Injection, Kind
from tests.chaos.random_run import Plan, RandomRun
from tests.support.cluster import NODES, Cluster
from tests.support.proxy import Gateways
from tests.support.stack import Stack

GATEWAYS = ("first", "second")


@dataclass
class ClusterFaults(Faults):
    """Losses of a part of the cluster."""

    cluster: Cluster
    gateways: Gateways

    @contextmanager
    def node_killed(self, name: str) -> Iterator[None]:
        node = self.cluster.nodes[name]
        node.folder.kill()
        yield
        node.start()
        self.cluster.all_online(seen_by=name)

    @contextmanager
    def node_cut_off(self, name: str) -> Iterator[None]:
        """A node that is frozen answers nobody, as one that the network has cut off.

        It is ended before it is started again, as its supervisor must: a node that goes on as if nothing had happened is
        a partition of its own, which `pause_minority` does not know of.
        """
        node = self.cluster.nodes[name]
        with suspended(newest(node.folder)):
            yield
            node.folder.kill()
        node.start()
        self.cluster.all_online(seen_by=name)

    @contextmanager
    def standby_promoted(self) -> Iterator[None]:
        """The primary is killed for good, and its standby takes its place."""
        self.cluster.primary.folder.kill()
        self.cluster.standby.promote()
        yield

    @contextmanager
    def gateway_killed(self, name: str) -> Iterator[None]:
        self.gateways.children[name].kill()
        yield
        self.gateways.start(name)

    @contextmanager
    def gateway_frozen(self, name: str) -> Iterator[None]:
        with suspended(self.gateways.children[name].pid):
            yield


KILLED = Kind("node killed", 1, (0, 0), ClusterFaults.node_killed, NODES, survived=True)
CUT_OFF = Kind("node cut off", 1, (0, 0), ClusterFaults.node_cut_off, NODES, survived=True)
PROMOTED = Kind("standby promoted", 1, (0, 0), ClusterFaults.standby_promoted, target="database", survived=True)
GATEWAY_KILLED = Kind("gateway killed", 1, (0, 0), ClusterFaults.gateway_killed, GATEWAYS, survived=True)
GATEWAY_FROZEN = Kind("gateway frozen", 1, (0, 0), ClusterFaults.gateway_frozen, GATEWAYS, survived=True)


def each_in_turn(rounds: int) -> list[list[Injection]]:
    """Every part is lost in turn, so many times; the primary once, in the middle, since it does not come back."""
    one_round = [Injection(kind, target, 0.0) for kind in _KINDS for target in kind.targets]
    promotion = Injection(PROMOTED, PROMOTED.target, 0.0)
    injections = one_round * rounds
    injections.insert(len(injections) // 2, promotion)
    return [[each] for each in injections]


_KINDS: Sequence[Kind] = (KILLED, CUT_OFF, GATEWAY_KILLED, GATEWAY_FROZEN)


def cluster_run(stack: Stack, cluster: Cluster, gateways: Gateways, plan: Plan, folder: Path) -> RandomRun:
    """The run, which has not begun."""

    def faults(of: Stack, loop: Background, chance: Random) -> Faults:
        return ClusterFaults(of, loop, chance, cluster, gateways)

    return RandomRun(
        stack, plan, folder, lambda line: print(line, flush=True), "a cluster", gateways.url, open_faults=faults
    )
