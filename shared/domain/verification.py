"""What an independent look at a finished package found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

import msgspec

SHOWN = 50  # findings that are kept; the rest is counted
_IN_A_SENTENCE = 3
_LONGEST = 400  # characters of a message or place


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is not as it must be; a stable code, and a sentence that says what and where."""

    code: str
    message: str
    place: str | None = None  # the member, identifier or kind that it is about


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome. A package is kept only if it passed."""

    passed: bool
    members_read: int = 0  # whose bytes were read back and compared with their checksums
    findings: list[Finding] = []
    more: int = 0  # findings beyond those listed

    @classmethod
    def of(cls, findings: Iterable[Finding], members_read: int = 0) -> Verification:
        """Passed where nothing was found. At most `SHOWN` findings are kept."""
        rest = iter(findings)
        kept = [_short(finding) for finding in islice(rest, SHOWN)]
        return cls(passed=not kept, members_read=members_read, findings=kept, more=sum(1 for _ in rest))

    @classmethod
    def together(cls, outcomes: Sequence[Verification]) -> Verification:
        """The outcome for packages that were verified one by one: passed where all have."""
        findings = [finding for outcome in outcomes for finding in outcome.findings]
        return cls(
            passed=all(outcome.passed for outcome in outcomes),
            members_read=sum(outcome.members_read for outcome in outcomes),
            findings=findings[:SHOWN],
            more=sum(outcome.more for outcome in outcomes) + max(0, len(findings) - SHOWN),
        )

    @property
    def sentence(self) -> str:
        """The first findings and how many more there are, for whoever reads the error."""
        told = " ".join(finding.message for finding in self.findings[:_IN_A_SENTENCE])
        more = len(self.findings) + self.more - _IN_A_SENTENCE
        return f"{told} And {more} more." if more > 0 else told


def _short(finding: Finding) -> Finding:
    """A path may have 64 kB; its start will do."""
    place = finding.place and finding.place[:_LONGEST]
    return Finding(code=finding.code, message=finding.message[:_LONGEST], place=place)
