"""The idents of a package's questions, made unique: tools other than Canvas repeat them in each quiz or omit them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from shared.domain.kinds import Kind


@dataclass(slots=True)
class Idents:
    """The idents in use. `own` takes one step for each repeat, however many there are."""

    used: set[tuple[Kind, str]] = field(default_factory=set)
    _repeats: Counter[tuple[Kind, str, str]] = field(default_factory=Counter)

    def own(self, kind: Kind, ident: str, member: str) -> str:
        """The ident; where it is empty or in use, `<member>:<ident>:<number>`."""
        scoped = ident
        while not scoped or (kind, scoped) in self.used:
            self._repeats[kind, ident, member] += 1
            scoped = f"{member}:{ident}:{self._repeats[kind, ident, member]}"
        self.used.add((kind, scoped))
        return scoped
