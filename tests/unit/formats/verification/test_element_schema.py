"""The schema of a set of rules lets no document pass that the rules find fault with, and every rule is in it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from shared.formats.verification.document_rules import rules_of
from shared.formats.verification.element_rules import ElementCheck, Rules, checked
from shared.formats.verification.element_schema import DocumentRules

TYPES = {
    "topic": ("imsdt_xmlv1p1", True),
    "web link": ("imswl_xmlv1p1", True),
    "questions": ("imsqti_xmlv1p2/imscc_xmlv1p1/assessment", False),
    "questions of Canvas": ("imsqti_xmlv1p2/imscc_xmlv1p1/assessment", True),
    "QTI 2.1": ("imsqti_item_xmlv2p1", False),
    "QTI 3.0": ("imsqti_item_xmlv3p0", False),
}
NAMESPACES = ("http://www.example.org/one", "")
Element = etree._Element


def rules_for(name: str) -> DocumentRules:
    stated, of_canvas = TYPES[name]
    rules = rules_of(stated, of_canvas=of_canvas)
    assert rules is not None
    return rules


def made(name: str, rules: Rules, namespace: str, *children: str) -> Element:
    """An element that keeps its rule: with what it needs, and with these children."""
    rule = rules.get(name)
    tag = f"{{{namespace}}}{name}" if namespace else name
    if rule is None:
        return etree.Element(tag)
    element = etree.Element(tag, dict.fromkeys(sorted(rule.required), "x"))
    wanted = {*rule.needs, *children}
    element.extend(made(child, rules, namespace) for child in rule.children if child in wanted)
    return element


def codes(rules: DocumentRules, data: bytes) -> set[str]:
    check = ElementCheck("a.xml", rules.elements)
    deque(checked([data], check), maxlen=0)
    return {finding.code for finding in check.findings}


def faulty(name: str, rules: Rules, namespace: str) -> Iterator[tuple[str, Element]]:
    """The element with each fault that its rule knows, and the code of that."""
    rule = rules[name]
    for attribute in rule.required:
        element = made(name, rules, namespace)
        del element.attrib[attribute]
        yield "attribute_missing", element
    if rule.optional is not None:
        element = made(name, rules, namespace)
        element.set("of_no_rule", "x")
        yield "attribute_unknown", element
    for child in rule.needs:
        element = made(name, rules, namespace)
        element.remove(next(one for one in element if etree.QName(one).localname == child))
        yield "element_missing", element
    for children in zip(rule.children, rule.children[1:], strict=False) if rule.ordered else ():
        element = made(name, rules, namespace, *children)
        element.append(next(one for one in element if etree.QName(one).localname == children[0]))
        yield "element_misplaced", element
    element = made(name, rules, namespace)
    element.append(made("of_no_rule", rules, namespace))
    yield "element_misplaced", element


@pytest.mark.parametrize("namespace", NAMESPACES)
@pytest.mark.parametrize("kind", TYPES)
def test_every_rule_is_in_the_schema(kind: str, namespace: str) -> None:
    rules = rules_for(kind)
    for name in rules.elements:
        whole = etree.tostring(made(name, rules.elements, namespace))
        assert (rules.allow(whole), codes(rules, whole)) == (True, set()), name
        for code, element in faulty(name, rules.elements, namespace):
            for document in (element, within(element, namespace)):
                data = etree.tostring(document)
                assert code in codes(rules, data), data
                assert not rules.allow(data), data


def within(element: Element, namespace: str) -> Element:
    """The element inside of two that have no rule."""
    inner, outer = (etree.Element(f"{{{namespace}}}{name}" if namespace else name) for name in ("inner", "outer"))
    outer.append(inner)
    inner.append(element)
    return outer


@st.composite
def documents(draw: st.DrawFn) -> tuple[DocumentRules, bytes]:
    """A document of elements and attributes of one set of rules, in any order."""
    rules = rules_for(draw(st.sampled_from(sorted(TYPES))))
    namespace = draw(st.sampled_from(NAMESPACES))
    known = sorted(rules.elements)

    def element(name: str, depth: int) -> Element:
        rule = rules.elements.get(name)
        found = made(name, rules.elements, namespace)
        for attribute in draw(
            st.lists(st.sampled_from(["x", "{urn:a}b", *(rule.optional or () if rule else ())]), max_size=1)
        ):
            found.set(attribute, "1")
        inside = st.sampled_from([*(rule.children if rule else ()), *known, "p"])
        for child in draw(st.lists(inside, max_size=3 if depth else 0)):
            found.insert(draw(st.integers(0, len(found))), element(child, depth - 1))
        found.text = draw(st.sampled_from([None, "a"]))
        return found

    return rules, etree.tostring(element(draw(st.sampled_from(known)), 2))


@given(documents())
def test_what_the_schema_allows_has_no_fault(document: tuple[DocumentRules, bytes]) -> None:
    rules, data = document
    assert not (rules.allow(data) and codes(rules, data))


@pytest.mark.parametrize(
    "data", [b"<topic><title/>", b"<topic/><topic/>", b"", b"<topic>&unknown;</topic>", b"<topic>\xff</topic>", b"no"]
)
def test_what_is_not_xml_is_not_allowed(data: bytes) -> None:
    assert not rules_for("topic").allow(data)


def test_a_document_of_many_levels_is_looked_at_more_closely() -> None:
    data = b"<p>" * 400 + b"</p>" * 400
    rules = rules_for("QTI 2.1")
    assert (rules.allow(data), codes(rules, data)) == (False, set())
