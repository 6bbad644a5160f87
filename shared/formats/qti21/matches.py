"""Matching questions, and categories that things are put into: pairs of a source and a target."""

from __future__ import annotations

from shared.domain.content.answers import Answer, Match
from shared.domain.content.questions import Question
from shared.formats import xml
from shared.formats.qti21.choices import add_said
from shared.formats.qti21.expressions import all_of, is_correct, node, set_score, value, variable, when
from shared.formats.qti21.item_type import Body, ItemType, Scoring, declare, points, score_by_parts
from shared.formats.qti21.names import CATEGORIES, RESPONSE, SCORE, SOURCE, TARGET, identifier_of
from shared.formats.xml import Element


def _source(identity: int | str | None) -> str:
    return SOURCE + identifier_of(identity)


def _target(identity: int | str | None) -> str:
    return TARGET + identifier_of(identity)


def _pair(answer: Answer) -> str:
    return f"{_source(answer.id)} {_target(answer.match_id)}"


def _declare_pairs(item: Element, question: Question) -> None:
    """Each right pair counts one; two left sides may have the same right side."""
    pairs = [_pair(answer) for answer in question.answers if answer.match_id is not None]
    declare(item, RESPONSE, "multiple", "directedPair", pairs, worth=[(pair, 1) for pair in pairs])


def _present_pairs(body: Body, question: Question) -> None:
    interaction = xml.add(
        body.element,
        "matchInteraction",
        responseIdentifier=RESPONSE,
        shuffle=body.shuffle,
        maxAssociations=len(question.answers),
    )
    sources = xml.add(interaction, "simpleMatchSet")
    for answer in question.answers:
        said = answer.left or answer.text, answer.left_html or answer.html
        _add_choice(body, sources, _source(answer.id), said, most=1)
    _add_targets(body, interaction, question.matches)


def _add_targets(body: Body, interaction: Element, matches: list[Match]) -> None:
    targets = xml.add(interaction, "simpleMatchSet")
    for match in matches:
        _add_choice(body, targets, _target(match.match_id), (match.text, match.html), most=0)


def _add_choice(
    body: Body, choices: Element, identifier: str, said: tuple[str | None, str | None], *, most: int
) -> None:
    choice = xml.add(choices, "simpleAssociableChoice", identifier=identifier, matchMax=most)
    add_said(body, choice, *said)


def _score_pairs(question: Question) -> Scoring | None:
    """The comment to a left side is shown when it is matched wrongly, as in Canvas."""
    scoring = score_by_parts(question, [RESPONSE], len(question.answers))
    if scoring is not None and any(answer.match_id is not None for answer in question.answers):
        for answer in question.answers:
            if answer.commented:
                scoring.comments.append((node("not", _member(_pair(answer))), answer))
        return scoring
    return None


def _member(pair: str) -> Element:
    return node("member", value("directedPair", pair), variable(RESPONSE))


def _belongs(category: Answer) -> list[str]:
    return [f"{_source(match_id)} {_target(category.id)}" for match_id in category.match_ids]


def _declare_categories(item: Element, question: Question) -> None:
    declare(item, RESPONSE, "multiple", "directedPair", [p for c in question.answers for p in _belongs(c)])


def _present_categories(body: Body, question: Question) -> None:
    interaction = xml.add(
        body.element,
        "matchInteraction",
        **{"class": CATEGORIES},
        responseIdentifier=RESPONSE,
        shuffle=body.shuffle,
        maxAssociations=len(question.matches),
    )
    pool = xml.add(interaction, "simpleMatchSet")
    for match in question.matches:
        _add_choice(body, pool, _source(match.match_id), (match.text, match.html), most=1)
    targets = xml.add(interaction, "simpleMatchSet")
    for category in question.answers:
        _add_choice(body, targets, _target(category.id), (category.text, category.html), most=0)


def _score_categories(question: Question) -> Scoring | None:
    """A category earns its share once all that belongs into it is there, and nothing else."""
    filled = [category for category in question.answers if category.match_ids]
    if not filled:
        return None
    share = node("divide", points(question), value("float", f"{float(len(question.answers))}"))
    more = set_score(node("sum", variable(SCORE), share))
    return Scoring(is_correct(RESPONSE), [when(_is_filled(category, question), more) for category in filled])


def _is_filled(category: Answer, question: Question) -> Element:
    right = [_member(pair) for pair in _belongs(category)]
    others = [match.match_id for match in question.matches if match.match_id not in category.match_ids]
    wrong = [node("not", _member(f"{_source(other)} {_target(category.id)}")) for other in others]
    return all_of([*right, *wrong])


MATCHES = (
    ItemType("matching_question", _declare_pairs, _present_pairs, score=_score_pairs),
    ItemType("categorization_question", _declare_categories, _present_categories, score=_score_categories),
)
