"""Whose comment a feedback of QTI 2 is: by its identifier, or by the rule that shows it."""

from __future__ import annotations

import pytest
from lxml import etree

from shared.domain.content.quizzes import QuizQuestion
from tests.unit.formats.qti21.test_read_items import CHOICE, an_item, declared, read


def shows(identifier: str) -> str:
    value = f'<baseValue baseType="identifier">{identifier}</baseValue>'
    return f'<setOutcomeValue identifier="FEEDBACK">{value}</setOutcomeValue>'


def when(condition: str, then: str, otherwise: str = "") -> str:
    rest = f"<responseElse>{otherwise}</responseElse>" if otherwise else ""
    return f"<responseCondition><responseIf>{condition}{then}</responseIf>{rest}</responseCondition>"


RIGHT = '<match><variable identifier="R"/><correct identifier="R"/></match>'
SCORES = '<setOutcomeValue identifier="SCORE"><baseValue baseType="float">1</baseValue></setOutcomeValue>'


def chosen(identifier: str) -> str:
    return f'<match><variable identifier="R"/><baseValue baseType="identifier">{identifier}</baseValue></match>'


def an_answer(*rules: str, shown: str = "f", hides: bool = False) -> etree._Element:
    feedback = f'<modalFeedback outcomeIdentifier="FEEDBACK" identifier="{shown}" showHide="{{}}">So.</modalFeedback>'
    processing = f"<responseProcessing>{''.join(rules)}</responseProcessing>"
    rest = feedback.format("hide" if hides else "show")
    return an_item(declared("identifier", "A2"), CHOICE, processing, rest)


def comments(question: QuizQuestion) -> dict[str, str]:
    whole = {name: getattr(question, f"{name}_comments") for name in ("neutral", "correct", "incorrect")}
    return {
        name: comment
        for name, comment in [*whole.items(), *((str(a.id), a.comments) for a in question.answers)]
        if comment
    }


@pytest.mark.parametrize(
    ("item", "whose"),
    [
        (an_answer(shows("f")), "neutral"),
        (an_answer(when(RIGHT, SCORES, shows("f"))), "incorrect"),
        (an_answer(when(RIGHT, SCORES + shows("f"))), "correct"),
        (an_answer(when(chosen("c"), shows("f"))), "c"),
        (an_answer(when(f"<not>{chosen('c')}</not>", shows("f"))), "c"),
        (an_answer(when("<gt><variable identifier='SCORE'/></gt>", SCORES + shows("f"))), "correct"),
        (an_answer(shown="A2"), "2"),
        (an_answer(shown="A2_fb"), "2"),
        (an_answer(shown="my_incorrect_fb"), "incorrect"),
        (an_answer(shown="RightAnswer"), "correct"),
        (an_answer(when(chosen("correct").replace('"R"', '"WAS"'), shows("f"))), "correct"),
    ],
)
def test_feedback_that_a_response_shows_is_the_comment_on_it(item: etree._Element, whose: str) -> None:
    question, warnings = read(item)
    assert (comments(question), warnings) == ({whose: "So."}, [])


@pytest.mark.parametrize("item", [an_answer(shown="x9"), an_answer(shown="A2", hides=True)])
def test_feedback_that_no_answer_shows_is_reported(item: etree._Element) -> None:
    question, warnings = read(item)
    assert comments(question) == {}
    assert [code for code, _ in warnings] == ["qti2_feedback_not_mapped"]
