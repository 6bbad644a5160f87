"""Quotas: how much of the queue and of the store an owner or a context may use, and what goes first when the store is full."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quotas:
    """0 is no limit. Exports wait until they have ended; bytes are those of packages that can be downloaded."""

    waiting_per_owner: int = 0
    waiting_per_context: int = 0
    bytes_per_owner: int = 0
    bytes_per_context: int = 0


NO_QUOTAS = Quotas()


@dataclass(frozen=True, slots=True)
class Usage:
    """What is in use now."""

    waiting_of_owner: int = 0
    waiting_of_context: int = 0
    bytes_of_owner: int = 0
    bytes_of_context: int = 0


@dataclass(frozen=True, slots=True)
class Excess:
    """Why one more export is refused."""

    sentence: str
    of_bytes: bool  # else of exports that wait
    used: int  # bytes, or exports


def excess(quotas: Quotas, usage: Usage) -> Excess | None:
    """Why one more export would be over a quota; None where it would not."""
    for used, most, whose in (
        (usage.waiting_of_owner, quotas.waiting_per_owner, "You have"),
        (usage.waiting_of_context, quotas.waiting_per_context, "This context has"),
    ):
        if most and used >= most:
            return Excess(
                f"{whose} {used} exports that have not ended, which is the most; wait until some have.", False, used
            )
    for used, most, whose in (
        (usage.bytes_of_owner, quotas.bytes_per_owner, "You have"),
        (usage.bytes_of_context, quotas.bytes_per_context, "This context has"),
    ):
        if most and used >= most:
            return Excess(
                f"{whose} packages of {used} bytes, of {most} at most; delete exports that are not needed.", True, used
            )
    return None


@dataclass(frozen=True, slots=True)
class KeptPackage:
    """A package that may go under pressure."""

    export_id: int
    key: str
    size: int  # bytes
    owner: int | None


def under_pressure(
    packages: Iterable[KeptPackage], bytes_of: dict[int | None, int], too_many: int
) -> Iterator[KeptPackage]:
    """The packages that go until `too_many` bytes are free: each time the oldest of the owner who has most then.

    `packages` are those that are old enough, the oldest first; `bytes_of` is what each owner has, younger ones included.
    """
    remaining: dict[int | None, list[KeptPackage]] = defaultdict(list)
    for package in packages:
        remaining[package.owner].append(package)
    for of_owner in remaining.values():
        of_owner.reverse()
    used = dict(bytes_of)
    while too_many > 0 and any(remaining.values()):
        owner = max((each for each in remaining if remaining[each]), key=lambda each: used.get(each, 0))
        package = remaining[owner].pop()
        used[owner] = used.get(owner, 0) - package.size
        too_many -= package.size
        yield package
