"""What to do about each warning of a report, and whether something of the content is missing because of it."""

from __future__ import annotations

from typing import NamedTuple

from shared.domain.warning_codes import WarningCode


class Advice(NamedTuple):
    """What a person can do. `loses` says that the package lacks something that the course has."""

    what_to_do: str
    loses: bool = False


UNKNOWN_ADVICE = Advice("Look at what is named here in the course, and export again once it is mended.", loses=True)
_ADVICE = {str(code): Advice(code.what_to_do, code.loses) for code in WarningCode}


def advice(code: str) -> Advice:
    """The advice on a code; that of a loss for a code of a report that an earlier release wrote."""
    return _ADVICE.get(code, UNKNOWN_ADVICE)
