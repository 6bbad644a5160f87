"""A dry run for people: what a package would hold, what comes along and why, and what it would not have."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from services.console.teacher.kind_titles import kind_titles
from shared.contracts.plans import Plan
from shared.domain.advice import advice
from shared.domain.language.texts import Texts

_MOST_NAMED = 20  # objects of a group that are named; the rest are counted


class WarningLine(NamedTuple):
    """A warning: the title of its object, if it has one, and the sentence of the API."""

    title: str | None
    message: str


@dataclass(frozen=True, slots=True)
class WarningGroup:
    """Warnings with one thing to do about them: that is their heading, in English as the API has it."""

    what_to_do: str
    lines: tuple[WarningLine, ...]
    more: int


@dataclass(frozen=True, slots=True)
class PlanView:
    """A dry run as a page shows it. `counts` are (what, how many); `along` are (reason, how many)."""

    plan: Plan
    objects: int
    counts: tuple[tuple[str, int], ...]
    along: tuple[tuple[str, int], ...]
    warnings: tuple[WarningGroup, ...]

    @property
    def seconds(self) -> int:
        """The estimated time in whole seconds, at least one."""
        return max(1, round(self.plan.estimated_seconds))


def plan_view(plan: Plan, texts: Texts) -> PlanView:
    """What a page shows of a plan."""
    counts = named_counts(plan.packed, texts)
    groups = grouped((advice(each.code).what_to_do, WarningLine(each.title, each.message)) for each in plan.warnings)
    return PlanView(plan, sum(plan.packed.values()), counts, reasons(plan.included_because), groups)


def named_counts(counts: dict[str, int], texts: Texts) -> tuple[tuple[str, int], ...]:
    """(what people call it, how many) for every kind there is one of; a kind that only a newer API knows has its name there."""
    titles = kind_titles(texts)
    return tuple((titles.get(kind, kind.replace("_", " ")), number) for kind, number in counts.items() if number)


def reasons(included_because: dict[str, str]) -> tuple[tuple[str, int], ...]:
    """(reason, how many objects come along for it), the most first."""
    counts: dict[str, int] = {}
    for reason in included_because.values():
        counts[reason] = counts.get(reason, 0) + 1
    return tuple(sorted(counts.items(), key=lambda each: (-each[1], each[0])))


def grouped(warnings: Iterable[tuple[str, WarningLine]]) -> tuple[WarningGroup, ...]:
    """Warnings (what to do, line) by what to do, in the order in which each first appears."""
    groups: dict[str, list[WarningLine]] = {}
    for what_to_do, line in warnings:
        groups.setdefault(what_to_do, []).append(line)
    return tuple(
        WarningGroup(todo, tuple(each[:_MOST_NAMED]), max(0, len(each) - _MOST_NAMED)) for todo, each in groups.items()
    )
