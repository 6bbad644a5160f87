"""`<matchInteraction>`: matching questions and categorization questions, as pairs of a source and a target."""

from __future__ import annotations

from shared.domain.content.answers import Answer, Match
from shared.domain.content.questions import Question
from shared.formats import xml
from shared.formats.qti21.choice_interactions import add_content
from shared.formats.qti21.item_type import ItemBody, ItemType, Scoring, points, points_of
from shared.formats.qti21.response_declaration import declare
from shared.formats.qti21.response_processing import all_of, is_correct, mapped, node, set_score, value, variable, when
from shared.formats.qti21.vocabulary import CATEGORIES, MAP_RESPONSE, RESPONSE, SCORE, SOURCE, TARGET, identifier_of
from shared.formats.xml import Element


def _source(identity: int | str | None) -> str:
    return SOURCE + identifier_of(identity)


def _target(identity: int | str | None) -> str:
    return TARGET + identifier_of(identity)


def _pair(answer: Answer) -> str:
    return f"{_source(answer.id)} {_target(answer.match_id)}"


def _declare_pairs(item: Element, question: Question) -> None:
    """Each right pair is worth its share of the points; two left sides may have the same right side.

    A left side that has no right side still counts, as in Canvas: its share cannot be earned.
    """
    pairs = [_pair(answer) for answer in question.answers if answer.match_id is not None]
    share = xml.number(points_of(question) / len(question.answers)) if pairs else None
    declare(item, RESPONSE, "multiple", "directedPair", pairs, worth=[(pair, share) for pair in pairs])


def _present_pairs(body: ItemBody, question: Question) -> None:
    interaction = xml.add(
        body.element,
        "matchInteraction",
        responseIdentifier=RESPONSE,
        shuffle=body.shuffle,
        maxAssociations=len(question.answers),
    )
    sources = xml.add(interaction, "simpleMatchSet")
    for answer in question.answers:
        content = answer.left or answer.text, answer.left_html or answer.html
        # matchMax: a source goes to one target, a target takes any number (0).
        _add_choice(body, sources, _source(answer.id), content, maximum=1)
    _add_targets(body, interaction, question.matches)


def _add_targets(body: ItemBody, interaction: Element, matches: list[Match]) -> None:
    targets = xml.add(interaction, "simpleMatchSet")
    for match in matches:
        _add_choice(body, targets, _target(match.match_id), (match.text, match.html), maximum=0)


def _add_choice(
    body: ItemBody, choices: Element, identifier: str, content: tuple[str | None, str | None], *, maximum: int
) -> None:
    choice = xml.add(choices, "simpleAssociableChoice", identifier=identifier, matchMax=maximum)
    add_content(body, choice, *content)


def _score_pairs(question: Question) -> Scoring | None:
    """The shares of the mapping. As in Canvas, the comment on a left side is shown when it is matched wrongly."""
    matched = [answer.match_id is not None for answer in question.answers]
    if not any(matched):
        return None
    comments = [(node("not", _member(_pair(answer))), answer) for answer in question.answers if answer.commented]
    # Not all can be right where a left side has no right side: a constant is never null.
    right = is_correct(RESPONSE) if all(matched) else node("isNull", points(question))
    return Scoring(right, [set_score(mapped(RESPONSE))], MAP_RESPONSE, comments)


def _member(pair: str) -> Element:
    return node("member", value("directedPair", pair), variable(RESPONSE))


def _belongs(category: Answer) -> list[str]:
    return [f"{_source(match_id)} {_target(category.id)}" for match_id in category.match_ids]


def _declare_categories(item: Element, question: Question) -> None:
    declare(item, RESPONSE, "multiple", "directedPair", [p for c in question.answers for p in _belongs(c)])


def _present_categories(body: ItemBody, question: Question) -> None:
    interaction = xml.add(
        body.element,
        "matchInteraction",
        # The class marks the targets as categories, for our reader: QTI 2.1 has one interaction for both types.
        **{"class": CATEGORIES},
        responseIdentifier=RESPONSE,
        shuffle=body.shuffle,
        maxAssociations=len(question.matches),
    )
    pool = xml.add(interaction, "simpleMatchSet")
    for match in question.matches:
        _add_choice(body, pool, _source(match.match_id), (match.text, match.html), maximum=1)
    targets = xml.add(interaction, "simpleMatchSet")
    for category in question.answers:
        _add_choice(body, targets, _target(category.id), (category.text, category.html), maximum=0)


def _score_categories(question: Question) -> Scoring | None:
    """A category earns its share of the points when it holds exactly what belongs into it."""
    # A rule per category: a mapping could not take points away for a thing that is in the wrong one.
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


MATCH_INTERACTIONS = (
    ItemType("matching_question", _declare_pairs, _present_pairs, score=_score_pairs),
    ItemType("categorization_question", _declare_categories, _present_categories, score=_score_categories),
)
