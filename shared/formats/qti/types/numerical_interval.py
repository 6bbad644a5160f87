"""The numbers that a numerical answer accepts, in decimal arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext

from shared.domain.content.answers import Answer
from shared.domain.content.content_object import Number

EXACT, RANGE, PRECISION = "exact_answer", "range_answer", "precision_answer"
# Kinds of margin and of precision that only New Quizzes has.
PERCENT, DECIMALS = "percent", "decimals"

# Canvas allows 16 and a double holds 17: more digits narrow no interval.
_MOST_DIGITS = 100


@dataclass(frozen=True, slots=True)
class Interval:
    """Numbers between two bounds; None for no bound. The high bound is included, the low one unless it is strict."""

    low: Decimal | None
    high: Decimal | None
    point: Decimal | None = None  # the number itself, where the answer is one
    strict_low: bool = False


# That of an answer without a number, which accepts nothing.
NO_BOUNDS = Interval(None, None)


def interval_of(answer: Answer) -> Interval:
    """The numbers that an answer accepts: those within a margin, those that round to it, or those of a range.

    Raises ValueError for an infinite or an undefined number.
    """
    if answer.exact is not None:
        exact = exactly(answer.exact)
        if answer.margin is None:
            return Interval(exact, exact, exact)
        margin = exactly(answer.margin)
        if answer.margin_type == PERCENT:
            margin = abs(exact) * margin / 100
        return Interval(exact - margin, exact + margin, exact)
    if answer.numerical_answer_type != PRECISION:
        low, high = (None if bound is None else exactly(bound) for bound in (answer.start, answer.end))
        return Interval(low, high)
    value = exactly(answer.approximate)
    if answer.precision is None or (answer.precision <= 0 and answer.precision_type != DECIMALS):
        return Interval(value, value, value)
    if answer.precision_type == DECIMALS:
        places = max(-_MOST_DIGITS, min(answer.precision, _MOST_DIGITS))
        half = Decimal(5).scaleb(-places - 1)
        return Interval(value - half, value + half, value, strict_low=True)
    return Interval(*bounds(value, answer.precision), value, strict_low=True)


def bounds(value: Decimal, digits: int) -> tuple[Decimal, Decimal]:
    """(low, high) of the numbers that round to `value` at this many digits: 13.4 to 4 digits is 13.395 to 13.405."""
    # A zero has the decimals that it was written with (0, 0.0, 0E-5), which are none of its digits.
    value = value or Decimal(0)
    figures, exponent = min(digits, _MOST_DIGITS), value.adjusted()
    # Decimal arithmetic, as in Canvas: the bounds are printed, and floats would add noise to them.
    with localcontext(prec=figures + len(value.as_tuple().digits) + 1):
        mantissa = round(value.scaleb(-exponent), figures - 1)
        half = Decimal(5).scaleb(-figures)
        return (mantissa - half).scaleb(exponent), (mantissa + half).scaleb(exponent)


def exactly(value: Number | None) -> Decimal:
    """A stored number without binary noise; 0 for None. Raises ValueError for an infinite or an undefined number."""
    number = Decimal(repr(0 if value is None else value))
    if not number.is_finite():
        raise ValueError(f"{value} is not a number that an answer can have")
    return number


def plain(value: Decimal) -> str:
    """A number without an exponent, with at least one decimal: 13.395, 5.0."""
    whole, _, decimals = f"{value:f}".partition(".")
    return f"{whole}.{decimals.rstrip('0') or '0'}"


def as_float(value: Decimal) -> str:
    """A computed number as Canvas prints it: the shortest form of the float."""
    return repr(float(value))
