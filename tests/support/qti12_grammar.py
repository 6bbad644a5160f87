"""What may stand where in QTI 1.2.1, written from its information model for the parts that a package of ours may use.

`faults` is empty for a document that keeps to it. The official DTD says the same and more; it is not in the repository.
Extensions (`selection_extension`, `render_extension`, `itemproc_extension`) are left out on purpose: a DTD leaves open
what stands in them, and so do readers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

QTI = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_TESTS = ("and", "or", "not", "other", "unanswered", "varequal", "varlt", "varlte", "vargt", "vargte")
_TEST = f"(?:{'|'.join(_TESTS)}) "
_RENDERED = "(?:material )?(?:render_choice|render_fib) "

# The children of an element in order, each name followed by a blank.
CHILDREN = {
    "questestinterop": "(?:objectbank|assessment) ",
    "objectbank": "(?:qtimetadata )*(?:item )+",
    "assessment": "(?:duration )?(?:qtimetadata )*(?:presentation_material )?(?:section )+",
    # Empty sections are by the letter, but readers refuse them.
    "section": "(?:selection_ordering )?(?:(?:item|section) )+",
    "selection_ordering": "selection ",
    "selection": "selection_number ",
    "presentation_material": "(?:flow_mat )+",
    "qtimetadata": "(?:qtimetadatafield )+",
    "qtimetadatafield": "fieldlabel fieldentry ",
    "item": "(?:itemmetadata )?(?:presentation )?(?:resprocessing )*(?:itemfeedback )*",
    "itemmetadata": "(?:qtimetadata )*",
    "presentation": "(?:(?:material|response_lid|response_str|response_num) )+",
    **dict.fromkeys(("response_lid", "response_str", "response_num"), _RENDERED),
    "render_choice": "(?:response_label )*",
    "render_fib": "(?:response_label )*",
    "response_label": "(?:material )*",
    "resprocessing": "outcomes (?:respcondition )+",
    "outcomes": "(?:decvar )+",
    "respcondition": "conditionvar (?:setvar )*(?:displayfeedback )*",
    "conditionvar": f"(?:{_TEST})+",
    **dict.fromkeys(("and", "or"), f"(?:{_TEST})+"),
    "not": _TEST,
    "itemfeedback": "(?:(?:flow_mat|material) )+",
    "flow_mat": "(?:(?:flow_mat|material) )+",
    "material": "(?:mattext )+",
}  # the others are empty, or hold text alone
TEXT = {"fieldlabel", "fieldentry", "mattext", "setvar", "duration", "selection_number", "varequal"}
TEXT |= {"varlt", "varlte", "vargt", "vargte"}
REQUIRED = {
    **dict.fromkeys(("assessment", "section", "item", "objectbank", "response_lid", "response_str"), ("ident",)),
    **dict.fromkeys(("response_num", "response_label", "itemfeedback"), ("ident",)),
    **dict.fromkeys(("varequal", "varlt", "varlte", "vargt", "vargte"), ("respident",)),
    "displayfeedback": ("linkrefid",),
    "decvar": ("varname",),
    "setvar": ("varname",),
}
OPTIONAL = {
    **{name: {"title"} for name in ("assessment", "section", "item")},
    **{name: {"rcardinality"} for name in ("response_lid", "response_str")},
    "response_num": {"rcardinality", "numtype"},
    "render_choice": {"shuffle"},
    "render_fib": {"fibtype"},
    "response_label": {"rshuffle"},
    "mattext": {"texttype"},
    "decvar": {"vartype", "minvalue", "maxvalue"},
    "respcondition": {"continue"},
    "varequal": {"case"},
    "setvar": {"action"},
    "displayfeedback": {"feedbacktype"},
}
_CHOICES = {
    "rcardinality": ("Single", "Multiple", "Ordered"),
    "fibtype": ("String", "Integer", "Decimal", "Scientific"),
    "numtype": ("Integer", "Decimal", "Scientific"),
    "action": ("Set", "Add", "Subtract", "Multiply", "Divide"),
    **dict.fromkeys(("shuffle", "rshuffle", "continue", "case"), ("Yes", "No")),
}


def faults(root: etree._Element) -> list[str]:
    """What is wrong with a document, in words."""
    return [fault for element in root.iter(etree.Element) for fault in _faults(element)]


def _faults(element: etree._Element) -> Iterator[str]:
    name = etree.QName(element).localname
    if etree.QName(element).namespace != QTI:
        yield f"<{name}> is not of QTI 1.2"
    names = "".join(f"{etree.QName(child).localname} " for child in element)
    if not re.fullmatch(CHILDREN.get(name, ""), names):
        yield f"<{name}> holds {names}"
    if name not in TEXT and any((text or "").strip() for text in (element.text, *(child.tail for child in element))):
        yield f"<{name}> holds text"
    given = {str(key) for key in element.attrib if not str(key).startswith(_XSI)}
    required = {*REQUIRED.get(name, ())}
    if missing := required - given:
        yield f"<{name}> lacks {missing}"
    if unknown := given - required - OPTIONAL.get(name, set()):
        yield f"<{name}> has {unknown}"
    for key in given & _CHOICES.keys():
        if element.get(key) not in _CHOICES[key]:
            yield f"<{name}> has the {key} {element.get(key)!r}"
