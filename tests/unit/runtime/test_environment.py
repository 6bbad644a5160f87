"""How a variable's text becomes the value of a field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import pytest

from shared.runtime.environment import Bounds, Mistakes, exit_for_mistakes, read_environment


@dataclass(frozen=True, kw_only=True)
class Example:
    word: str
    count: Annotated[int, Bounds(gt=0, le=10)] = 1
    share: Annotated[float, Bounds(ge=0)] | None = None
    loud: bool = False
    names: tuple[str, ...] = ()
    colour: Literal["red", "green"] = "red"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("WORD", "COUNT", "SHARE", "LOUD", "NAMES", "COLOUR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("WORD", "x")
    return monkeypatch


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("WORD", "a, b", "a, b"),
        ("COUNT", " 10 ", 10),
        ("COUNT", "", 1),
        ("SHARE", "0", 0.0),
        ("SHARE", "", None),
        ("LOUD", "Yes", True),
        ("LOUD", "off", False),
        ("NAMES", "a,, b ,", ("a", "b")),
        ("COLOUR", "green", "green"),
    ],
)
def test_a_variable_is_a_value_of_its_fields_type_and_an_empty_one_the_default(
    environment: pytest.MonkeyPatch, name: str, text: str, value: object
) -> None:
    environment.setenv(name, text)
    assert getattr(read_environment(Example), name.lower()) == value


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("WORD", "", "is missing"),
        ("COUNT", "1.5", "whole number"),
        ("COUNT", "0", "greater than 0"),
        ("COUNT", "11", "at most 10"),
        ("SHARE", "much", "a number"),
        ("SHARE", "-0.1", "at least 0"),
        ("SHARE", "nan", "at least 0"),
        ("LOUD", "perhaps", "true or false"),
        ("COLOUR", "Red", "red, green"),
    ],
)
def test_a_mistake_is_a_line_with_the_variable_and_what_it_should_be(
    environment: pytest.MonkeyPatch, name: str, text: str, sentence: str
) -> None:
    environment.setenv(name, text)
    with pytest.raises(Mistakes) as raised:
        read_environment(Example)
    (line,) = raised.value.lines
    assert line.startswith(f"{name}: ")
    assert sentence in line


def test_a_prefix_stands_before_the_names(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("LOAD_WORD", "loaded")
    assert read_environment(Example, "LOAD_").word == "loaded"


@pytest.mark.parametrize("grouped", [False, True])
def test_mistakes_end_a_process_with_78_and_their_lines(capsys: pytest.CaptureFixture[str], grouped: bool) -> None:
    mistakes = Mistakes(["A: wrong", "B: missing"])
    group = ExceptionGroup("tasks", [ExceptionGroup("inner", [mistakes]), KeyError("x")])
    with pytest.raises(SystemExit) as ended, exit_for_mistakes():
        raise group if grouped else mistakes
    assert ended.value.code == 78
    assert capsys.readouterr().err == "A: wrong\nB: missing\n"


@pytest.mark.parametrize("error", [ValueError("other"), ExceptionGroup("tasks", [KeyError("x")])])
def test_other_errors_are_not_mistakes(error: Exception) -> None:
    with pytest.raises(type(error)) as raised, exit_for_mistakes():
        raise error
    assert raised.value is error
