"""Essay questions: a text that a person scores."""

from __future__ import annotations

from shared.domain.content.new_quiz_items import NewQuizItem
from shared.domain.content.questions import Question
from shared.formats import xml
from shared.formats.qti.item_view import ItemView
from shared.formats.qti.resprocessing import add_condition
from shared.formats.qti.types.new_quiz_attributes import unless_empty, whole_number, yes_or_no
from shared.formats.qti.types.question_type import QuestionType
from shared.formats.qti.types.short_answer import present
from shared.formats.xml import Element

_FLAGS = ("rce", "word_count", "spell_check", "word_limit_enabled")
_LIMITS = ("word_limit_min", "word_limit_max")


def _present_essay(presentation: Element, question: Question) -> None:
    present(presentation, question)
    settings = question.new_quiz or NewQuizItem()
    response = presentation[-1]
    xml.set_if(response, **{name: yes_or_no(getattr(settings, name)) for name in _FLAGS})
    xml.set_if(response, **{name: getattr(settings, name) for name in _LIMITS})


def _score_essay(resprocessing: Element, question: Question) -> None:
    """A condition that always holds and sets no score: a person scores the text."""
    _, conditionvar = add_condition(resprocessing, **{"continue": "No"})
    xml.add(conditionvar, "other")


def _read_essay(view: ItemView, question: Question) -> None:
    """An essay has no answers; its response has the settings of New Quizzes."""
    for response in view.responses[:1]:
        settings = NewQuizItem()
        for name in _FLAGS:
            setattr(settings, name, xml.flag_of(response.get(name)))
        for name in _LIMITS:
            setattr(settings, name, whole_number(response.get(name)))
        question.new_quiz = unless_empty(settings)


ESSAY = QuestionType("essay_question", _read_essay, _present_essay, _score_essay, cc_profile="cc.essay.v0p1")
