"""The rules of tests, sections and items of QTI 2.1, and of 3.0, which has other names for the same.

Source: QTI 2.1, assessmentTest, assessmentSection, assessmentItem; the parts that packages of ours have.
"""

from __future__ import annotations

from dataclasses import replace

from shared.formats.qti21.version3 import element_name, hyphenated
from shared.formats.verification.element_rules import ElementRule, Rules
from shared.formats.verification.element_schema import DocumentRules


def _rule(children: str = "", needs: str = "", required: str = "", *, ordered: bool = True) -> ElementRule:
    return ElementRule(tuple(children.split()), tuple(needs.split()), frozenset(required.split()), ordered=ordered)


def _holding(needs: str, required: str = "responseIdentifier") -> ElementRule:
    """An interaction, or a part of one, that has one kind of choice."""
    return _rule(needs, needs, required)


_DOCUMENTS: Rules = {
    "assessmentTest": _rule("outcomeDeclaration timeLimits testPart outcomeProcessing", "testPart", "identifier title"),
    "testPart": _rule(
        "itemSessionControl assessmentSection", "assessmentSection", "identifier navigationMode submissionMode"
    ),
    "assessmentSection": _rule(
        "selection ordering rubricBlock assessmentSection assessmentItemRef",
        required="identifier title visible",
        ordered=False,
    ),
    "assessmentItemRef": _rule(required="identifier href"),
    "selection": _rule(required="select"),
    "assessmentItem": _rule(
        "responseDeclaration outcomeDeclaration itemBody responseProcessing modalFeedback",
        "itemBody",
        "identifier title adaptive timeDependent",
    ),
    "responseDeclaration": _rule("correctResponse mapping", required="identifier cardinality baseType"),
    "correctResponse": _holding("value", ""),
    "mapping": _holding("mapEntry", ""),
    "mapEntry": _rule(required="mapKey mappedValue"),
    "outcomeDeclaration": _rule("defaultValue", required="identifier cardinality baseType"),
    "choiceInteraction": _holding("simpleChoice", "responseIdentifier maxChoices"),
    "orderInteraction": _holding("simpleChoice"),
    "matchInteraction": _holding("simpleMatchSet"),
    "inlineChoiceInteraction": _holding("inlineChoice"),
    "responseCondition": _rule("responseIf responseElseIf responseElse", "responseIf"),
}


def _version3(rule: ElementRule) -> ElementRule:
    children, needs = (tuple(map(element_name, names)) for names in (rule.children, rule.needs))
    return replace(rule, children=children, needs=needs, required=frozenset(map(hyphenated, rule.required)))


# By the end of the type of a resource.
RULES = {
    "xmlv2p1": DocumentRules(_DOCUMENTS, names_objects=False),
    "xmlv3p0": DocumentRules(
        {element_name(name): _version3(rule) for name, rule in _DOCUMENTS.items()}, names_objects=False
    ),
}
