"""Rules that are scaled down differ in their durations alone, and every alert has a fault that makes it fire."""

from __future__ import annotations

import re

import pytest
import yaml

from tests.chaos.alerts.cases import CASES
from tests.chaos.alerts.scaled_rules import longest_window_s, scaled_expression, scaled_rules
from tests.unit.deploy.test_observability import NAMES, PLACE

ALERTS = (PLACE / "alerts.yaml").read_text()


@pytest.mark.parametrize(
    ("expression", "scaled"),
    [
        ("sum(increase(a_total[1h])) > 0", "sum(increase(a_total[120000ms])) > 0"),
        ("max by (b) (a_seconds) > 900", "max by (b) (a_seconds) > 30"),
        ('max(a_seconds{b="created"}) > 1800', 'max(a_seconds{b="created"}) > 60'),
        ('time() - max(a_timestamp_seconds{b=~"c|d"}) > 120', 'time() - max(a_timestamp_seconds{b=~"c|d"}) > 4'),
        (
            "probe_ssl_earliest_cert_expiry - time() < 14 * 86400",
            "probe_ssl_earliest_cert_expiry - time() < 14 * 86400",
        ),
        ("min(free_bytes / size_bytes) < 0.1", "min(free_bytes / size_bytes) < 0.1"),
    ],
)
def test_windows_and_ages_are_divided_by_the_factor_and_nothing_else(expression: str, scaled: str) -> None:
    assert scaled_expression(expression, 30) == scaled


def test_scaled_rules_are_the_rules_but_for_their_durations() -> None:
    before, after = yaml.safe_load(ALERTS), scaled_rules(ALERTS, 30)
    assert [[rule["alert"] for rule in group["rules"]] for group in after["groups"]] == [
        [rule["alert"] for rule in group["rules"]] for group in before["groups"]
    ]
    waits = {rule["alert"]: rule.get("for") for group in after["groups"] for rule in group["rules"]}
    assert (waits["ContentExportsNothingFinishes"], waits["ContentExportsGivenUp"]) == ("10000ms", None)
    assert scaled_rules(ALERTS, 1)["groups"][0]["rules"][2]["expr"].count("[3600000ms]") == 1


def test_every_age_of_a_rule_is_scaled() -> None:
    for group in yaml.safe_load(ALERTS)["groups"]:
        for rule in group["rules"]:
            ages = re.findall(r"_seconds\b[^<>]*> (\d+)", rule["expr"])
            scaled = scaled_expression(rule["expr"], 30)
            assert len(ages) == len([age for age in ages if f"> {float(age) / 30:g}" in scaled]), rule["alert"]


def test_the_window_that_an_alert_remembers_is_its_longest() -> None:
    assert longest_window_s("rate(a[5m]) > 1 and rate(a[6h]) > 1") == 21_600
    assert longest_window_s("a > 1") == 0


def test_every_alert_has_a_fault_and_every_fault_an_alert() -> None:
    assert {name for case in CASES for name in case.expected} == set(NAMES)
