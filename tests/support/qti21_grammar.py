"""What may stand where in QTI 2.1, written from the specification for the parts that a package of ours may use.

`faults` is empty for a document that keeps to it. The official schema says the same and more; it is not in the
repository.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

QTI, MATHML = "http://www.imsglobal.org/xsd/imsqti_v2p1", "http://www.w3.org/1998/Math/MathML"
_XSI, _XML = "{http://www.w3.org/2001/XMLSchema-instance}", "{http://www.w3.org/XML/1998/namespace}"

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
BLOCK = ("p", "pre", "address", "dl", "ol", "ul", "hr", "blockquote", "table", "div", *HEADINGS)
INLINE = (
    *("em", "strong", "b", "i", "big", "small", "sub", "sup", "tt", "code", "kbd", "samp", "var", "cite", "dfn"),
    *("abbr", "acronym", "q", "a", "span", "img", "br", "object", "math"),
)
_IN_TEXT = ("textEntryInteraction", "inlineChoiceInteraction")
_ASKED = ("choiceInteraction", "orderInteraction", "matchInteraction", "extendedTextInteraction", "uploadInteraction")
_PARTS = ("mapResponse", "variable", "baseValue", "correct", "multiple", "sum", "product", "divide", "testVariables")
_TESTS = ("and", "or", "not", "match", "member", "stringMatch", "equal", "equalRounded", "gte", "lte", "isNull")


def _any(*names: str) -> str:
    return f"(?:(?:{'|'.join(names)}) )*"


_LINE, _FLOW = _any(*INLINE, *_IN_TEXT), _any(*INLINE, *BLOCK, *_IN_TEXT)
_VALUE = f"(?:{'|'.join((*_PARTS, *_TESTS))}) "
_RULES = "(?:(?:responseCondition|setOutcomeValue) )+"  # engines refuse a branch without a rule

# The children of an element in order, each name followed by a blank.
CHILDREN = {
    **dict.fromkeys(("div", "li", "dd", "td", "th", "object", "simpleChoice", "modalFeedback"), _FLOW),
    **dict.fromkeys(({*INLINE} - {"img", "br", "object", "math"}) | {*HEADINGS, "p", "pre", "address", "dt"}, _LINE),
    **dict.fromkeys(("caption",), _LINE),
    **dict.fromkeys(("ul", "ol"), "(?:li )*"),
    **dict.fromkeys(("thead", "tfoot", "tbody"), "(?:tr )+"),
    **dict.fromkeys(("blockquote", "rubricBlock"), _any(*BLOCK)),
    **dict.fromkeys(("and", "or", "sum", "product", "multiple"), f"(?:{_VALUE})+"),
    **dict.fromkeys(("match", "member", "stringMatch", "equal", "equalRounded", "gte", "lte", "divide"), _VALUE * 2),
    **dict.fromkeys(("not", "isNull", "setOutcomeValue"), _VALUE),
    **dict.fromkeys(("choiceInteraction", "orderInteraction"), "(?:simpleChoice )+"),
    **dict.fromkeys(("correctResponse", "defaultValue"), "(?:value )+"),
    "simpleAssociableChoice": _any(*INLINE, *BLOCK),
    "dl": "(?:dt |dd )*",
    "table": "(?:caption )?(?:thead )?(?:tfoot )?(?:tbody )+",
    "tr": "(?:th |td )*",
    "itemBody": _any(*BLOCK, *_ASKED),
    "inlineChoiceInteraction": "(?:inlineChoice )+",
    "matchInteraction": "simpleMatchSet simpleMatchSet ",
    "simpleMatchSet": "(?:simpleAssociableChoice )*",
    "assessmentItem": (
        "(?:responseDeclaration )*(?:outcomeDeclaration )*itemBody (?:responseProcessing )?(?:modalFeedback )*"
    ),
    "responseDeclaration": "(?:correctResponse )?(?:mapping )?",
    "outcomeDeclaration": "(?:defaultValue )?",
    "mapping": "(?:mapEntry )+",
    "responseProcessing": f"(?:{_RULES})?",
    "responseCondition": "responseIf (?:responseElse )?",
    "responseIf": _VALUE + _RULES,
    "responseElse": _RULES,
    "assessmentTest": "outcomeDeclaration (?:timeLimits )?testPart outcomeProcessing ",
    "testPart": "itemSessionControl (?:assessmentSection )+",
    "assessmentSection": (
        "(?:selection )?(?:ordering )?(?:rubricBlock )*" + _any("assessmentItemRef", "assessmentSection")
    ),
    "outcomeProcessing": "setOutcomeValue ",
}  # the others are empty, or hold text alone

_NAMED, _ANSWERED = ("identifier",), ("responseIdentifier",)
REQUIRED = {
    **dict.fromkeys(("simpleChoice", "inlineChoice", "variable", "correct", "mapResponse", "setOutcomeValue"), _NAMED),
    **dict.fromkeys(("textEntryInteraction", "extendedTextInteraction", "uploadInteraction"), _ANSWERED),
    **dict.fromkeys(("orderInteraction", "inlineChoiceInteraction"), (*_ANSWERED, "shuffle")),
    **dict.fromkeys(("responseDeclaration",), ("identifier", "cardinality", "baseType")),
    **dict.fromkeys(("outcomeDeclaration",), ("identifier", "cardinality", "baseType")),
    "choiceInteraction": (*_ANSWERED, "shuffle", "maxChoices"),
    "matchInteraction": (*_ANSWERED, "shuffle", "maxAssociations"),
    "simpleAssociableChoice": ("identifier", "matchMax"),
    "mapping": ("defaultValue",),
    "mapEntry": ("mapKey", "mappedValue"),
    "baseValue": ("baseType",),
    "stringMatch": ("caseSensitive",),
    "equal": ("toleranceMode",),
    "equalRounded": ("roundingMode", "figures"),
    "testVariables": ("variableIdentifier",),
    "modalFeedback": ("outcomeIdentifier", "identifier", "showHide"),
    "assessmentItem": ("identifier", "title", "adaptive", "timeDependent"),
    "assessmentTest": ("identifier", "title"),
    "testPart": ("identifier", "navigationMode", "submissionMode"),
    "assessmentSection": ("identifier", "title", "visible"),
    "assessmentItemRef": ("identifier", "href"),
    "selection": ("select",),
    "timeLimits": ("maxTime",),
    "rubricBlock": ("view",),
    "img": ("src", "alt"),
    "a": ("href",),
    "object": ("data", "type"),
}
OPTIONAL = {
    "matchInteraction": {"class"},
    "orderInteraction": {"orientation"},
    "outcomeDeclaration": {"normalMaximum"},
    "mapEntry": {"caseSensitive"},
    "equal": {"tolerance"},
    "itemSessionControl": {"maxAttempts", "showSolution"},
    "ordering": {"shuffle"},
    "responseProcessing": {"template"},
    "img": {"width", "height"},
    "object": {"width", "height"},
    **{name: {"headers", "scope", "abbr", "rowspan", "colspan"} for name in ("td", "th")},
    "table": {"summary"},
}
TEXT = {"value", "baseValue", "textEntryInteraction", "inlineChoice", "simpleChoice", "simpleAssociableChoice"}
TEXT |= {"modalFeedback", "div", "li", "dd", "td", "th", "object", "caption", "dt", "p", "pre", "address", *HEADINGS}
TEXT |= set(INLINE) - {"img", "br", "math"}
_IDENTIFIER = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)


def faults(root: etree._Element) -> list[str]:
    """What is wrong with a document, in words; formulas are not looked into."""
    found = list(_faults(root))
    declared = {e.get("identifier") for e in root.iter("{*}responseDeclaration", "{*}outcomeDeclaration")}
    named = {
        e.get("identifier") for e in root.iter("{*}variable", "{*}setOutcomeValue", "{*}mapResponse", "{*}correct")
    }
    asked = [e.get("responseIdentifier") for e in root.iter() if e.get("responseIdentifier") is not None]
    if undeclared := sorted(str(name) for name in {*named, *asked} - declared):
        found.append(f"not declared: {', '.join(undeclared)}")
    found.extend(_mapping_faults(root))
    if len(asked) != len(set(asked)):
        found.append("two interactions give one response")
    return found


def _mapping_faults(root: etree._Element) -> Iterator[str]:
    """One response meets one entry of a mapping: some engines add up all that it meets."""
    for mapping in root.iter("{*}mapping"):
        texts = [entry.get("mapKey") or "" for entry in mapping if entry.get("caseSensitive") == "false"]
        if len({text.casefold() for text in texts}) != len(texts):
            yield f"a mapping names a text twice: {texts}"


def _faults(element: etree._Element) -> Iterator[str]:
    name, namespace = etree.QName(element).localname, etree.QName(element).namespace
    if namespace == MATHML:
        return
    if namespace != QTI:
        yield f"<{name}> is not of QTI 2.1"
    names = "".join(f"{etree.QName(child).localname} " for child in element)
    if not re.fullmatch(CHILDREN.get(name, ""), names):
        yield f"<{name}> holds {names}"
    if name not in TEXT and any((text or "").strip() for text in (element.text, *(child.tail for child in element))):
        yield f"<{name}> holds text"
    yield from _attribute_faults(name, element)
    for child in element:
        yield from _faults(child)


def _attribute_faults(name: str, element: etree._Element) -> Iterator[str]:
    given = {str(key) for key in element.attrib if not str(key).startswith((_XSI, _XML))}
    required = {*REQUIRED.get(name, ())}
    allowed = required | OPTIONAL.get(name, set()) | ({"class"} if name in TEXT or name in BLOCK else set())
    if missing := required - given:
        yield f"<{name}> lacks {missing}"
    if unknown := given - allowed - {"class"} if name in INLINE else given - allowed:
        yield f"<{name}> has {unknown}"
    # Some engines refuse a whole test for a fraction of a second, or for an item that is worth nothing at most.
    for key, form in (("maxTime", r"\d+"), ("normalMaximum", r"\d*\.?\d*[1-9].*")):
        if key in given and not re.fullmatch(form, element.get(key) or ""):
            yield f"<{name}> has the {key} {element.get(key)!r}"
    for key in ("identifier", "responseIdentifier", "outcomeIdentifier"):
        if name in ("assessmentItem", "assessmentTest"):
            continue  # whose identifiers are any texts
        if key in given and not _IDENTIFIER.fullmatch(element.get(key) or ""):
            yield f"<{name}> has the {key} {element.get(key)!r}"
