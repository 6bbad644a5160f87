"""A response processor for QTI 2.1 items, written from the specification of IMS, not from our writer.

Values are None (NULL), or lists: a single value is a list of one, and an empty container is NULL.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from lxml import etree

Value = list[Any] | None
Responses = Mapping[str, list[str]]

_TEMPLATES = {
    "match_correct": """<responseProcessing><responseCondition><responseIf><match><variable identifier="RESPONSE"/>
        <correct identifier="RESPONSE"/></match><setOutcomeValue identifier="SCORE"><baseValue baseType="float">1
        </baseValue></setOutcomeValue></responseIf><responseElse><setOutcomeValue identifier="SCORE"><baseValue
        baseType="float">0</baseValue></setOutcomeValue></responseElse></responseCondition></responseProcessing>""",
    "map_response": """<responseProcessing><responseCondition><responseIf><isNull><variable identifier="RESPONSE"/>
        </isNull><setOutcomeValue identifier="SCORE"><baseValue baseType="float">0.0</baseValue></setOutcomeValue>
        </responseIf><responseElse><setOutcomeValue identifier="SCORE"><mapResponse identifier="RESPONSE"/>
        </setOutcomeValue></responseElse></responseCondition></responseProcessing>""",
}


@dataclass
class Outcome:
    """What an item makes of the responses."""

    score: float
    feedback: list[str] = field(default_factory=list)


def process(item: etree._Element, responses: Responses) -> Outcome:
    """Score an item. `responses` may leave out what was not answered."""
    session = _Session(item, responses)
    processing = item.find("{*}responseProcessing")
    if processing is not None:
        if processing.get("template"):
            processing = etree.fromstring(_TEMPLATES[processing.get("template", "").rsplit("/", 1)[-1]])
        session.run(list(processing.iterchildren("{*}*")))
    shown = session.values.get("FEEDBACK") or []
    blocks = {b.get("identifier") for b in item.iterfind("{*}modalFeedback")}
    assert set(shown) <= blocks, "feedback is shown that does not exist"
    score = session.values["SCORE"]
    return Outcome(float(score[0]) if score else 0.0, [str(name) for name in shown])


class _Session:
    def __init__(self, item: etree._Element, responses: Responses) -> None:
        self.declared = {d.get("identifier"): d for d in item.iterfind("{*}responseDeclaration")}
        self.values: dict[str | None, Value] = {}
        for name, declared in self.declared.items():
            self.values[name] = self._typed(declared, responses.get(name or "", [])) or None
        for outcome in item.iterfind("{*}outcomeDeclaration"):
            texts = [v.text or "" for v in outcome.iterfind("{*}defaultValue/{*}value")]
            self.values[outcome.get("identifier")] = self._typed(outcome, texts) or None

    @staticmethod
    def _typed(declared: etree._Element, texts: list[str]) -> list[Any]:
        return [value for text in texts if (value := _value(declared.get("baseType", ""), text)) is not None]

    def run(self, rules: list[etree._Element]) -> None:
        for rule in rules:
            if _name(rule) == "setOutcomeValue":
                self.values[rule.get("identifier")] = self.evaluate(rule[0])
            elif _name(rule) == "responseCondition":
                self._branch(rule)

    def _branch(self, rule: etree._Element) -> None:
        for branch in rule.iterchildren("{*}*"):
            rules = list(branch.iterchildren("{*}*"))
            if _name(branch) == "responseElse":
                self.run(rules)
                return
            if self.evaluate(rules[0]) == [True]:
                self.run(rules[1:])
                return

    def evaluate(self, node: etree._Element) -> Value:
        name = _name(node)
        if name == "variable":
            return self.values[node.get("identifier")]
        if name == "baseValue":
            value = _value(node.get("baseType", ""), node.text or "")
            return None if value is None else [value]
        if name == "correct":
            declared = self.declared[node.get("identifier")]
            return (
                self._typed(declared, [v.text or "" for v in declared.iterfind("{*}correctResponse/{*}value")]) or None
            )
        if name == "mapResponse":
            return [self._mapped(node.get("identifier"))]
        return self._operator(name, node, [self.evaluate(child) for child in node.iterchildren("{*}*")])

    def _mapped(self, identifier: str | None) -> float:
        mapping = self.declared[identifier].find("{*}mapping")
        assert mapping is not None
        worth = 0.0
        for value in {str(v) for v in self.values[identifier] or []}:
            for entry in mapping.iterfind("{*}mapEntry"):
                key, same = entry.get("mapKey", ""), entry.get("caseSensitive", "true") == "true"
                if value == key or (not same and value.casefold() == key.casefold()):
                    worth += float(entry.get("mappedValue", "0"))
                    break
            else:
                worth += float(mapping.get("defaultValue", "0"))
        return worth

    def _operator(self, name: str, node: etree._Element, values: list[Value]) -> Value:
        if name == "isNull":
            return [values[0] is None]
        if name == "isNotNull":
            return [values[0] is not None]
        if name == "multiple":
            return [v for value in values for v in value or []] or None
        if name == "not":
            return None if values[0] is None else [not values[0][0]]
        if name in ("and", "or"):
            truths = [bool(value and value[0]) for value in values]
            return [all(truths) if name == "and" else any(truths)]
        if any(value is None for value in values):
            return None
        found = [value for value in values if value is not None]
        if name == "match":
            return [self._matches(node, *found)]
        return [_COMPUTED[name](node, found)]

    def _matches(self, node: etree._Element, one: list[Any], other: list[Any]) -> bool:
        """Order counts where a response is ordered, and nowhere else."""
        names = [variable.get("identifier") for variable in node.iterchildren("{*}variable")]
        ordered = any(self.declared[n].get("cardinality") == "ordered" for n in names if n in self.declared)
        return one == other if ordered else sorted(map(str, one)) == sorted(map(str, other))


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname


def _value(base_type: str, text: str) -> Any:
    text = text.strip() if base_type != "string" else text
    if base_type in ("float", "integer"):
        try:
            return Decimal(text)
        except InvalidOperation:
            return None
    return text or None


def _equal(node: etree._Element, values: list[list[Any]]) -> bool:
    given, asked = values[0][0], values[1][0]
    if node.get("toleranceMode", "exact") == "exact":
        return bool(given == asked)
    below, above = (Decimal(part) for part in node.get("tolerance", "0 0").split())
    if node.get("toleranceMode") == "relative":
        below, above = asked * below / 100, asked * above / 100
    return bool(asked - below <= given <= asked + above)


def _equal_rounded(node: etree._Element, values: list[list[Any]]) -> bool:
    figures = int(node.get("figures", "1"))

    def rounded(value: Decimal) -> Decimal:
        places = figures if node.get("roundingMode") == "decimalPlaces" else figures - 1 - value.adjusted()
        return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)

    return rounded(values[0][0]) == rounded(values[1][0])


def _string_match(node: etree._Element, values: list[list[Any]]) -> bool:
    one, other = str(values[0][0]), str(values[1][0])
    return one == other if node.get("caseSensitive") == "true" else one.casefold() == other.casefold()


_COMPUTED: dict[str, Callable[[etree._Element, list[list[Any]]], Any]] = {
    "member": lambda _node, values: values[0][0] in values[1],
    "stringMatch": _string_match,
    "equal": _equal,
    "equalRounded": _equal_rounded,
    "gt": lambda _node, values: float(values[0][0]) > float(values[1][0]),
    "gte": lambda _node, values: float(values[0][0]) >= float(values[1][0]),
    "lt": lambda _node, values: float(values[0][0]) < float(values[1][0]),
    "lte": lambda _node, values: float(values[0][0]) <= float(values[1][0]),
    "sum": lambda _node, values: sum(float(v) for value in values for v in value),
    "product": lambda _node, values: _product([float(v) for value in values for v in value]),
    "divide": lambda _node, values: float(values[0][0]) / float(values[1][0]),
}


def _product(factors: list[float]) -> float:
    result = 1.0
    for factor in factors:
        result *= factor
    return result
