"""Every fault in turn: its alerts fire, no other does, and all are silent before and after it."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from deploy.stack.child_processes import wait_until
from tests.chaos.alerts.cases import CASES, Case
from tests.chaos.alerts.scaled_rules import longest_window_s
from tests.chaos.alerts.world import World, running_world
from tests.support.dashboards import empty_panels
from tests.support.prometheus import installed
from tests.unit.deploy.test_observability import PLACE

FACTOR = 30.0
WITHIN_S = 150.0  # more than `for` and the age of any scaled rule together, and a pass of what measures
CALM_S = 120.0
NORMAL_S = 20.0  # how long exports of every type go on without a fault
TYPES = ("common_cartridge", "qti", "zip")


@dataclass
class Fired:
    """What became of a case: seconds until each of its alerts fired, and what else did."""

    case: Case
    seconds: dict[str, float] = field(default_factory=dict)
    others: set[str] = field(default_factory=set)
    skipped: bool = False

    @property
    def passed(self) -> bool:
        return self.skipped or (set(self.seconds) == self.case.expected and not self.others)

    def lines(self) -> Iterator[str]:
        """Its rows of the table."""
        for name in sorted(self.case.expected, key=lambda each: self.seconds.get(each, WITHIN_S)):
            after = f"{self.seconds[name]:.0f} s" if name in self.seconds else "not run" if self.skipped else "never"
            yield f"| {self.case.fault} | {name.removeprefix('ContentExports')} | {after} |"
        for name in sorted(self.others):
            yield f"| {self.case.fault} | {name}, which is not expected | |"


def run(only: Sequence[str] = (), factor: float = FACTOR) -> bool:
    """Run the cases of these alerts, or all of them, and print the table. Returns whether all held."""
    chosen = [case for case in CASES if not only or set(only) & set(case.alerts)]
    with tempfile.TemporaryDirectory() as folder, running_world(Path(folder), factor) as world:
        quiet = _normal(world)
        print(f"exports of every type for {NORMAL_S:.0f} s: {', '.join(sorted(quiet)) or 'no alert'}", flush=True)
        wait_until(lambda: not empty_panels(world.watching), CALM_S, pause_s=1.0)
        empty = empty_panels(world.watching)
        print(f"panels of dashboards that show nothing: {', '.join(empty) or 'none'}", flush=True)
        results = [_tried(world, case) for case in chosen]
    print(
        f"\ndurations of the rules are divided by {factor:g}\n\n| fault | alert | fires after |\n| --- | --- | ---: |"
    )
    print("\n".join(line for each in results for line in each.lines()))
    return not quiet and not empty and all(each.passed for each in results)


def _normal(world: World) -> set[str]:
    """The alerts that fire, or whose rules fail, while exports of every type succeed and are downloaded."""
    assert wait_until(lambda: not world.watching.values("up == 0") and bool(world.watching.values("up")), 30)
    ends_at, firing = time.monotonic() + NORMAL_S, set[str]()
    while time.monotonic() < ends_at:
        for export_type in TYPES:
            export = world.admin.exported(world.courses["sample"], export_type)
            world.admin.download(export, world.folder / "package")
        firing |= world.watching.firing()
    return firing


def _tried(world: World, case: Case) -> Fired:
    result = Fired(case)
    if case.needs and installed(case.needs) is None:
        result.skipped = True
        return result
    try:
        _watched(world, case, result)
    except Exception as error:  # noqa: BLE001  (whatever it is, the other cases run)
        result.others.add(f"{type(error).__name__}: {error}")
    print("\n".join(result.lines()), flush=True)
    return result


def _watched(world: World, case: Case, result: Fired) -> None:
    calm(world)
    lasting, began = world.watching.firing(), time.monotonic()
    with case.begin(world):
        ends_at = time.monotonic() + WITHIN_S
        while set(result.seconds) != case.expected and time.monotonic() < ends_at:
            case.meanwhile(world)
            firing = world.watching.firing() - lasting
            for name in firing & case.expected:
                result.seconds.setdefault(name, time.monotonic() - began)
            result.others |= firing - case.expected
            time.sleep(0.2)


def calm(world: World) -> None:
    """Wait until no alert fires any more, but those that remember an hour."""
    rules = yaml.safe_load((PLACE / "alerts.yaml").read_text())
    remembering = {
        rule["alert"] for group in rules["groups"] for rule in group["rules"] if longest_window_s(rule["expr"]) >= 3600
    }
    assert wait_until(lambda: world.watching.firing() <= remembering, CALM_S, pause_s=0.5), world.watching.firing()
