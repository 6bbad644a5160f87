"""The rules of a kind of document as a schema, by which libxml2 sees in a third of the time that a document keeps them.

What is wrong with a document, `ElementCheck` alone says: where the schema and the rules differ, the schema is the stricter.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lxml import etree

from shared.formats.verification.element_rules import ElementRule, Rules

_XS = "http://www.w3.org/2001/XMLSchema"
# Comments and the white space between elements are in no rule.
_PARSER = etree.XMLParser(
    remove_blank_text=True,
    remove_comments=True,
    remove_pis=True,
    collect_ids=False,
    resolve_entities=False,
    no_network=True,
)


@dataclass(frozen=True, eq=False, slots=True)
class DocumentRules:
    """The rules of one kind of document."""

    elements: Rules
    names_objects: bool = True  # whether the identifiers in it are those of objects that references of Canvas lead to

    def allow(self, data: bytes) -> bool:
        """Whether a document keeps the rules. False also for one that has to be looked at more closely."""
        try:
            root = etree.fromstring(data, _PARSER)
        except etree.XMLSyntaxError:
            return False
        return bool(_schema(self, etree.QName(root).namespace).validate(root))


@lru_cache(maxsize=64)
def _schema(rules: DocumentRules, namespace: str | None) -> etree.XMLSchema:
    """The schema of documents of a namespace. Elements without a rule, and those of other namespaces, may hold anything."""
    nsmap: dict[Any, str] = {"xs": _XS}
    if namespace:
        nsmap[None] = namespace
    schema = etree.Element(f"{{{_XS}}}schema", {"targetNamespace": namespace} if namespace else {}, nsmap=nsmap)
    names = dict.fromkeys([*rules.elements, *(name for rule in rules.elements.values() for name in rule.children)])
    for name in names:
        element = _add(schema, "element", name=name)
        if name in rules.elements:
            _add_type(element, rules.elements[name])
    return etree.XMLSchema(schema)


def _add_type(element: etree._Element, rule: ElementRule) -> None:
    described = _add(element, "complexType", mixed="true")
    # A choice cannot ask for one of each; such children have to come in order here.
    in_order = rule.ordered or bool(rule.needs)
    each = {} if in_order else {"minOccurs": "0", "maxOccurs": "unbounded"}
    children = _add(described, "sequence" if in_order else "choice", **each)
    for name in rule.children:
        least = "1" if name in rule.needs else "0"
        _add(children, "element", ref=name, minOccurs=least, maxOccurs="unbounded")
    for name in rule.required:
        _add(described, "attribute", name=name, use="required")
    for name in rule.optional or ():
        _add(described, "attribute", name=name)
    others = "##any" if rule.optional is None else "##other"
    _add(described, "anyAttribute", namespace=others, processContents="skip")


def _add(parent: etree._Element, tag: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{_XS}}}{tag}", attributes)
