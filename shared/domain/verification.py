"""The outcome of the verification of a finished package."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

import msgspec

SHOWN = 50  # findings that are kept; further ones are only counted
_IN_A_SENTENCE = 3  # findings in the message of an error
_LONGEST = 400  # characters of a message or place


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One fault of a package: a stable code, and a sentence about the fault and its place."""

    code: str
    message: str
    place: str | None = None  # the member, identifier or kind that has the fault


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of the verification of a package or of several. A package is kept only if it passed."""

    passed: bool
    members_read: int = 0  # members whose bytes were read back and compared with their checksums
    findings: list[Finding] = []
    more: int = 0  # findings beyond those listed

    @classmethod
    def of(cls, findings: Iterable[Finding], members_read: int = 0) -> Verification:
        """The outcome with these findings, of which at most `SHOWN` are shown; passed if there are none."""
        rest = iter(findings)
        shown = [_short(finding) for finding in islice(rest, SHOWN)]
        return cls(passed=not shown, members_read=members_read, findings=shown, more=sum(1 for _ in rest))

    @classmethod
    def combined(cls, outcomes: Sequence[Verification]) -> Verification:
        """One outcome for several packages that were verified one by one: passed if all have passed."""
        findings = [finding for outcome in outcomes for finding in outcome.findings]
        return cls(
            passed=all(outcome.passed for outcome in outcomes),
            members_read=sum(outcome.members_read for outcome in outcomes),
            findings=findings[:SHOWN],
            more=sum(outcome.more for outcome in outcomes) + max(0, len(findings) - SHOWN),
        )

    @property
    def sentence(self) -> str:
        """The first findings and the number of further ones, as the message of an error."""
        messages = " ".join(finding.message for finding in self.findings[:_IN_A_SENTENCE])
        more = len(self.findings) + self.more - _IN_A_SENTENCE
        return f"{messages} And {more} more." if more > 0 else messages


def _short(finding: Finding) -> Finding:
    """The finding with its texts cut: a path in a package may have 64 kB."""
    place = finding.place and finding.place[:_LONGEST]
    return Finding(code=finding.code, message=finding.message[:_LONGEST], place=place)
