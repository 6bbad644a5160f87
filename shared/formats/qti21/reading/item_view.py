"""An `<assessmentItem>` as its readers see it: declared responses, interactions, points, what is shown when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from shared.domain.content.answers import Answer
from shared.domain.content.content_object import Number
from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.qti.answer_ids import AnswerIds
from shared.formats.qti21.reading.read_markup import is_interaction
from shared.formats.qti21.vocabulary import MAXSCORE, SCORE
from shared.formats.xml import Element

# Expressions that compare a response with one value.
_COMPARISONS = tuple(f"{{*}}{name}" for name in ("match", "stringMatch", "member", "contains", "equal", "substring"))


@dataclass(frozen=True, slots=True)
class ResponseDeclaration:
    """A `<responseDeclaration>`."""

    identifier: str = ""
    cardinality: str = "single"
    base_type: str = "identifier"
    correct: list[str] = field(default_factory=list)
    mapping: dict[str, Number] = field(default_factory=dict)  # the points of each value
    areas: list[Element] = field(default_factory=list)  # <areaMapEntry>

    @property
    def right(self) -> list[str]:
        """The right values: the declared ones, else those that are worth points."""
        return self.correct or [key for key, worth in self.mapping.items() if worth > 0]

    @property
    def accepted(self) -> list[str]:
        """The declared values and all others that are worth points."""
        worth = [key for key, value in self.mapping.items() if value > 0]
        return list(dict.fromkeys([*self.correct, *worth]))


class AssessmentItemView:
    """One item. `warn(code, sentence)` receives what its readers cannot map."""

    def __init__(self, element: Element, warn: Callable[[WarningCode, str], None]) -> None:
        """Collect the declarations and the interactions of the item."""
        self.element = element
        self.warn = warn
        self.identifier = element.get("identifier") or ""
        self.title = element.get("title") or ""
        self.declared = {
            declaration.identifier: declaration
            for declaration in map(_declaration, xml.find_all(element, "responseDeclaration"))
        }
        self.body = xml.find(element, "itemBody")
        interactions = [] if self.body is None else [e for e in self.body.iter() if is_interaction(e)]
        self.interactions = [e for e in interactions if xml.local(e) != "endAttemptInteraction"]
        self.processing = xml.find(element, "responseProcessing")

    def response(self, interaction: Element) -> ResponseDeclaration:
        """The declaration that an interaction is bound to; an empty one where there is none."""
        return self.declared.get(interaction.get("responseIdentifier") or "", ResponseDeclaration())

    @property
    def template(self) -> str:
        """The name of the standard's template that scores the item, "" for none."""
        stated = "" if self.processing is None else self.processing.get("template") or ""
        return stated.rstrip("/").rsplit("/", 1)[-1].removesuffix(".xml")

    @property
    def points(self) -> Number:
        """The maximum score: MAXSCORE, the maximum of SCORE, that of the mappings or the highest one that is set; else 1."""
        outcomes = {o.get("identifier"): o for o in xml.find_all(self.element, "outcomeDeclaration")}
        maximum = outcomes.get(MAXSCORE)
        stated = None if maximum is None else xml.number_at(maximum, "defaultValue/value")
        if stated is None and (score := outcomes.get(SCORE)) is not None:
            stated = xml.number_of(score.get("normalMaximum") or "")
        if stated is None and self.template.startswith("map_response"):
            stated = sum((_maximum_of(declared) for declared in self.declared.values()), start=0) or None
        if stated is None:
            stated = max(self._scores(), default=0) or None
        return 1.0 if stated is None else max(stated, 0)

    def _scores(self) -> Iterator[Number]:
        """The points that the rules set as the score; those that are added to it are in an expression."""
        path = f".//{{*}}setOutcomeValue[@identifier='{SCORE}']/{{*}}baseValue"
        for value in () if self.processing is None else self.processing.iterfind(path):
            number = xml.number_of(xml.inner_text(value))
            if number is not None and number > 0:
                yield number

    def rewarded(self, declared: ResponseDeclaration) -> list[str]:
        """The values that the rules compare a response with in a branch that sets a positive score."""
        rewarded: list[str] = []
        branches = [] if self.processing is None else self.processing.iterfind(".//{*}responseCondition/*")
        for branch in filter(_is_rewarding, branches):
            for comparison in branch[0].iter(*_COMPARISONS):
                variables = {variable.get("identifier") for variable in comparison.iterfind("{*}variable")}
                if declared.identifier in variables:
                    rewarded += [xml.inner_text(value).strip() for value in comparison.iterfind("{*}baseValue")]
        return list(dict.fromkeys(rewarded))

    def ids_for(self, answers: Iterable[Answer] = ()) -> AnswerIds:
        """Ids for answers to which the item gives none: the same at each reading, and none of those of `answers`."""
        return AnswerIds(self.identifier, (answer.id for answer in answers))


def _is_rewarding(branch: Element) -> bool:
    """Whether a branch of the rules sets a positive score."""
    sets = [child for child in branch if xml.local(child) == "setOutcomeValue"]
    return any((xml.number_of(xml.inner_text(rule)) or 0) > 0 for rule in sets)


def _maximum_of(declared: ResponseDeclaration) -> Number:
    """The points that a mapping gives at most."""
    worth = [value for value in declared.mapping.values() if value > 0]
    if not worth:
        return 0
    return max(worth) if declared.cardinality == "single" else sum(worth)


def _declaration(element: Element) -> ResponseDeclaration:
    mapping = {
        entry.get("mapKey") or "": xml.number_of(entry.get("mappedValue") or "") or 0
        for entry in xml.find_all(element, "mapping/mapEntry")
    }
    return ResponseDeclaration(
        identifier=element.get("identifier") or "",
        cardinality=element.get("cardinality") or "single",
        base_type=element.get("baseType") or "",
        correct=[xml.inner_text(value).strip() for value in xml.find_all(element, "correctResponse/value")],
        mapping=mapping,
        areas=xml.find_all(element, "areaMapping/areaMapEntry"),
    )
