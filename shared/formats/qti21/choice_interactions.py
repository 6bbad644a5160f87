"""`<choiceInteraction>` and `<orderInteraction>`: multiple choice, true or false, multiple answers, ordering."""

from __future__ import annotations

from shared.domain.content.answers import Answer
from shared.domain.content.questions import Question
from shared.formats import xml
from shared.formats.qti.types.ordering import in_right_order
from shared.formats.qti21.item_type import ItemBody, ItemType, Scoring, points_of, score_whole
from shared.formats.qti21.response_declaration import declare
from shared.formats.qti21.response_processing import is_correct, mapped, node, set_score, value, variable
from shared.formats.qti21.vocabulary import MAP_RESPONSE, MATCH_CORRECT, RESPONSE, identifier_of
from shared.formats.xml import Element


def add_content(body: ItemBody, parent: Element, text: str | None, markup: str | None) -> None:
    """Fill a choice with the HTML of an answer, else with its plain text."""
    if markup:
        body.markup.append(parent, markup)
    elif text:
        parent.text = xml.text_of(text)


def _add_choices(body: ItemBody, interaction: Element, answers: list[Answer]) -> None:
    for answer in answers:
        add_content(
            body, xml.add(interaction, "simpleChoice", identifier=identifier_of(answer.id)), answer.text, answer.html
        )


def _right(question: Question) -> list[str]:
    return [identifier_of(answer.id) for answer in question.answers if answer.correct]


def _has_own_points(question: Question) -> bool:
    return any(answer.points is not None for answer in question.answers)


def _declare_one(item: Element, question: Question) -> None:
    """A mapping that gives the right choice all points, or each choice the points of its own."""
    right = _right(question)[:1]
    worth: list[tuple[str, object]] = [(identifier, xml.number(points_of(question))) for identifier in right]
    if _has_own_points(question):
        worth = [(identifier_of(a.id), xml.number(float(a.points))) for a in question.answers if a.points is not None]
    declare(item, RESPONSE, "single", "identifier", right, worth=worth)


def _declare_several(item: Element, question: Question) -> None:
    declare(item, RESPONSE, "multiple", "identifier", _right(question))


def _declare_order(item: Element, question: Question) -> None:
    right = [identifier_of(answer.id) for answer in in_right_order(question)]
    declare(item, RESPONSE, "ordered", "identifier", right)


def _present_one(body: ItemBody, question: Question) -> None:
    _present(body, question, maximum=1)


def _present_several(body: ItemBody, question: Question) -> None:
    _present(body, question, maximum=0)


def _present(body: ItemBody, question: Question, maximum: int) -> None:
    """`maximum` is how many may be chosen, 0 for any number."""
    # "True" stays before "False".
    shuffle = body.shuffle and question.question_type != "true_false_question"
    interaction = xml.add(
        body.element, "choiceInteraction", responseIdentifier=RESPONSE, shuffle=shuffle, maxChoices=maximum
    )
    _add_choices(body, interaction, question.answers)


def _present_order(body: ItemBody, question: Question) -> None:
    # An ordering question in its right order would give the answer away.
    interaction = xml.add(body.element, "orderInteraction", responseIdentifier=RESPONSE, shuffle=True)
    if question.new_quiz is not None and question.new_quiz.display_answers_paragraph is not None:
        in_a_row = question.new_quiz.display_answers_paragraph
        interaction.set("orientation", "horizontal" if in_a_row else "vertical")
    _add_choices(body, interaction, question.answers)


def _score_one(question: Question) -> Scoring | None:
    """The points come from the mapping, as in the standard's template map_response."""
    if not _right(question) and not _has_own_points(question):
        return None
    comments = _comments(question, "match")
    return Scoring(is_correct(RESPONSE), [set_score(mapped(RESPONSE))], MAP_RESPONSE, comments)


def _score_several(question: Question) -> Scoring | None:
    """All points or none. Without a right answer, an empty response is the right one."""
    # An empty response equals no declared one: QTI 2.1 treats it as NULL, and a comparison with NULL as not true.
    right = is_correct(RESPONSE) if _right(question) else node("isNull", variable(RESPONSE))
    scoring = score_whole(question, right, _template(question) if _right(question) else None)
    scoring.comments.extend(_comments(question, "member"))
    return scoring


def _score_order(question: Question) -> Scoring | None:
    return score_whole(question, is_correct(RESPONSE), _template(question)) if in_right_order(question) else None


def _template(question: Question) -> str | None:
    """The standard's template match_correct, which always gives one point."""
    return MATCH_CORRECT if points_of(question) == 1 else None


def _comments(question: Question, relation: str) -> list[tuple[Element, Answer]]:
    """The comments on answers, each shown when its answer is chosen."""
    return [
        (node(relation, value("identifier", identifier_of(answer.id)), variable(RESPONSE)), answer)
        for answer in question.answers
        if answer.commented
    ]


CHOICE_INTERACTIONS = (
    ItemType("multiple_choice_question", _declare_one, _present_one, score=_score_one),
    ItemType("true_false_question", _declare_one, _present_one, score=_score_one),
    ItemType("multiple_answers_question", _declare_several, _present_several, score=_score_several),
    ItemType("ordering_question", _declare_order, _present_order, score=_score_order),
)
