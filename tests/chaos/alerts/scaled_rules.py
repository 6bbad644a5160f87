"""The rules of alerts.yaml with each duration divided by one factor, so that a fault need not last for hours.

Durations are `for`, the windows of ranges, and the seconds that an age is compared with. Shares, counts, the 14 days of a
certificate and the labels stay as they are.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_WINDOW = re.compile(r"\[(\d+)([smhd])\]")
_AGE = re.compile(r"(_seconds(?:\{[^}]*\})?\)* > )(\d+)")


def scaled_rules(text: str, factor: float) -> dict[str, Any]:
    """The rules of a file, scaled down."""
    document: dict[str, Any] = yaml.safe_load(text)
    for group in document["groups"]:
        for rule in group["rules"]:
            rule["expr"] = scaled_expression(rule["expr"], factor)
            if "for" in rule:
                rule["for"] = _scaled(rule["for"][:-1], rule["for"][-1], factor)
    return document


def scaled_expression(expression: str, factor: float) -> str:
    """An expression with its windows and ages divided by the factor."""
    windows = _WINDOW.sub(lambda match: f"[{_scaled(match[1], match[2], factor)}]", expression)
    return _AGE.sub(lambda match: f"{match[1]}{float(match[2]) / factor:g}", windows)


def longest_window_s(expression: str) -> float:
    """For how long an expression may remember what has happened; 0 without a window."""
    windows = [
        float(number) * _UNITS_S[unit]
        for number, unit in re.findall(r"\[(\d+)(m?s|[mhd])\]", expression)
        if unit != "ms"
    ]
    return max(windows, default=0.0)


def _scaled(number: str, unit: str, factor: float) -> str:
    """A duration as Prometheus reads it, in whole milliseconds."""
    return f"{round(float(number) * _UNITS_S[unit] * 1000 / factor)}ms"
