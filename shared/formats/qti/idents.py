"""The idents of one package of questions: tools other than Canvas repeat them in each quiz, or leave them out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from shared.domain.kinds import Kind


@dataclass(slots=True)
class Idents:
    """Which idents were met. Telling any number of equal ones apart takes as many steps as there are of them."""

    taken: set[tuple[Kind, str]] = field(default_factory=set)
    _repeats: Counter[tuple[Kind, str, str]] = field(default_factory=Counter)

    def own(self, kind: Kind, ident: str, member: str) -> str:
        """The ident, or one made of it and of the member it stands in, where it is empty or has been met before."""
        scoped = ident
        while not scoped or (kind, scoped) in self.taken:
            self._repeats[kind, ident, member] += 1
            scoped = f"{member}:{ident}:{self._repeats[kind, ident, member]}"
        self.taken.add((kind, scoped))
        return scoped
