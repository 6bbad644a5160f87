"""Numerical questions: what each kind of answer accepts, and that the same numbers come back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.formats.qti.types.numerical_interval import bounds
from tests.support.qti_builders import a_question, item_of, read_back

EXACT = {"numerical_answer_type": "exact_answer"}
PRECISE = {"numerical_answer_type": "precision_answer"}
RANGE = {"numerical_answer_type": "range_answer"}


def comparisons(answer: dict[str, Any]) -> list[tuple[str, str | None]]:
    item = item_of(a_question("numerical_question", [{"id": 1, "weight": 100, **answer}]))
    return [
        (element.tag.split("}")[1], element.text)
        for element in item.find(".//{*}conditionvar").iter()
        if element.get("respident") == "response1"
    ]


@pytest.mark.parametrize(
    ("answer", "written"),
    [
        ({**EXACT, "exact": 4, "margin": 0.5}, [("varequal", "4.0"), ("vargte", "3.5"), ("varlte", "4.5")]),
        ({**EXACT, "exact": 0.0, "margin": 0.0}, [("varequal", "0.0"), ("vargte", "0.0"), ("varlte", "0.0")]),
        ({**EXACT, "exact": 4.0}, [("varequal", "4.0")]),
        ({**EXACT, "exact": 33.33, "margin": 0.01}, [("varequal", "33.33"), ("vargte", "33.32"), ("varlte", "33.34")]),
        ({**RANGE, "start": 1.0, "end": 2}, [("vargte", "1.0"), ("varlte", "2")]),
        (
            {**PRECISE, "approximate": 13.4, "precision": 4},
            [("varequal", "13.4"), ("vargt", "13.395"), ("varlte", "13.405")],
        ),
        (
            {**PRECISE, "approximate": 42.0, "precision": 4},
            [("varequal", "42.0"), ("vargt", "41.995"), ("varlte", "42.005")],
        ),
        ({**PRECISE, "approximate": 5, "precision": 0}, [("varequal", "5.0")]),
        ({**PRECISE, "exact": 2.0, "approximate": 5, "precision": 3}, [("varequal", "2.0")]),
    ],
)
def test_each_kind_of_answer_compares_in_its_own_way(
    answer: dict[str, Any], written: list[tuple[str, str | None]]
) -> None:
    assert comparisons(answer) == written


def test_side_by_side_bounds_are_a_range_and_bounds_inside_an_or_are_not() -> None:
    outer = [
        item_of(a_question("numerical_question", [{"id": 1, "weight": 100, **answer}]))
        .find(".//{*}conditionvar")[0]
        .tag
        for answer in ({**EXACT, "exact": 1.0, "margin": 1.0}, {**RANGE, "start": 1.0, "end": 2.0})
    ]
    assert [tag.split("}")[1] for tag in outer] == ["or", "vargte"]


def test_a_number_that_is_not_one_is_refused() -> None:
    question = a_question("numerical_question", [{"id": 1, "exact": float("nan"), "margin": 1.0}])
    with pytest.raises(ValueError, match="not a number"):
        item_of(question)


numbers = st.floats(min_value=-1e9, max_value=1e9, allow_nan=False).map(lambda x: round(x, 4))


@given(exact=numbers, margin=st.integers(0, 10**6).map(lambda n: n / 1000))
def test_an_exact_answer_comes_back_with_its_margin(exact: float, margin: float) -> None:
    item = item_of(a_question("numerical_question", [{"id": 1, "weight": 100, "exact": exact, "margin": margin}]))
    back, warnings = read_back(item)
    assert ([(a.exact, a.margin) for a in back.answers], warnings) == ([(exact, margin)], [])


@given(
    digits=st.integers(1, 12),
    mantissa=st.integers(1, 10**6),
    exponent=st.integers(-8, 6),
    negative=st.booleans(),
)
def test_a_precise_answer_comes_back_with_its_digits(digits: int, mantissa: int, exponent: int, negative: bool) -> None:
    value = float(Decimal(mantissa).scaleb(exponent)) * (-1 if negative else 1)
    answer = {"id": 1, "weight": 100, **PRECISE, "approximate": value, "precision": digits}
    item = item_of(a_question("numerical_question", [answer]))
    low, high = (Decimal(item.find(f".//{{*}}{name}").text or "") for name in ("vargt", "varlte"))
    assert high - low == 10 * Decimal(5).scaleb(Decimal(str(value)).adjusted() - digits) / 5
    if len(str(mantissa).strip("0")) <= digits:  # others are rounded: the written bounds are those of another number
        back, _ = read_back(item)
        assert [(a.approximate, a.precision) for a in back.answers] == [(value, digits)]


@pytest.mark.parametrize("digits", [1, 2, 7])
def test_a_zero_accepts_the_same_numbers_however_it_is_written(digits: int) -> None:
    seen = set()
    for zero in (0, 0.0, -0.0):
        item = item_of(
            a_question("numerical_question", [{"id": 1, **PRECISE, "approximate": zero, "precision": digits}])
        )
        seen.add(tuple(abs(Decimal(item.findtext(f".//{{*}}{name}") or "")) for name in ("vargt", "varlte")))
        back, _ = read_back(item)
        assert [(answer.approximate, answer.precision) for answer in back.answers] == [(0, digits)]
    assert len(seen) == 1


@given(digits=st.integers(1, 15), text=st.decimals(min_value="0.0001", max_value="99999", places=6))
def test_the_bounds_of_a_precise_answer_enclose_what_rounds_to_it(digits: int, text: Decimal) -> None:
    low, high = bounds(text, digits)
    rounded = Decimal(f"{text:.{digits - 1}e}")
    assert low < rounded < high
    assert high - low == Decimal(10).scaleb(text.adjusted() - digits)


@pytest.mark.parametrize("digits", [17, 29, 500, 10**9])
def test_more_digits_than_a_number_has_are_a_narrow_interval_about_it(digits: int) -> None:
    for value in (Decimal("1e308"), Decimal("13.4"), Decimal(7**40)):
        low, high = bounds(value, digits)
        assert low < value < high
        assert high - low <= abs(value) * Decimal("1e-15")


def test_a_range_keeps_its_ends() -> None:
    answer = {"id": 1, "weight": 100, **RANGE, "start": -1.5, "end": 2}
    back, _ = read_back(item_of(a_question("numerical_question", [answer])))
    (found,) = back.answers
    assert (found.numerical_answer_type, found.start, found.end, found.weight) == ("range_answer", -1.5, 2, 100)


@pytest.mark.parametrize("zero", [0, 0.0, -0.0])
@pytest.mark.parametrize("digits", [1, 2, 5])
def test_a_zero_to_some_digits_is_the_same_however_it_is_written(zero: float, digits: int) -> None:
    answer = {**PRECISE, "approximate": zero, "precision": digits}
    half = str(Decimal(5).scaleb(-digits))
    assert comparisons(answer)[1:] == [("vargt", f"-{half}"), ("varlte", half)]
    back, _ = read_back(item_of(a_question("numerical_question", [{"id": 1, "weight": 100, **answer}])))
    assert [(a.approximate, a.precision) for a in back.answers] == [(0, digits)]
