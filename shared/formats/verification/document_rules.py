"""The rules of the documents that the standards give a schema: manifest, topic, web link, questions.

Source: IMS Content Packaging 1.1.4 and 1.2, IMS Common Cartridge 1.1 with its profile of QTI 1.2.1.
"""

from __future__ import annotations

from dataclasses import replace

from shared.formats.verification import qti2_rules
from shared.formats.verification.element_rules import ElementRule, Rules
from shared.formats.verification.element_schema import DocumentRules


def _closed(
    children: tuple[str, ...] = (),
    needs: tuple[str, ...] = (),
    *,
    required: str = "",
    optional: str = "",
    ordered: bool = True,
) -> ElementRule:
    """An element that may have no other attributes than these."""
    return ElementRule(children, needs, frozenset(required.split()), frozenset(optional.split()), ordered)


MANIFEST: Rules = {
    "manifest": ElementRule(
        ("metadata", "organizations", "resources"), ("organizations", "resources"), frozenset({"identifier"})
    ),
    "organizations": ElementRule(("organization",)),
    "organization": ElementRule(("title", "item", "metadata"), required=frozenset({"identifier"})),
    "item": ElementRule(("title", "item", "metadata"), required=frozenset({"identifier"})),
    "resources": ElementRule(("resource",)),
    # Canvas has the variant in front of the files, the schema behind them; a thin cartridge has its links here.
    "resource": ElementRule(
        ("metadata", "file", "dependency"),
        required=frozenset({"identifier", "type"}),
        anywhere=("variant", "webLink", "cartridge_basiclti_link"),
    ),
    "file": ElementRule(("metadata",), required=frozenset({"href"})),
    "dependency": ElementRule(required=frozenset({"identifierref"})),
}

TOPIC: Rules = {
    "topic": ElementRule(("title", "text", "attachments"), ("title", "text")),
    "text": ElementRule(required=frozenset({"texttype"})),
    "attachments": ElementRule(("attachment",), ("attachment",)),
    "attachment": ElementRule(required=frozenset({"href"})),
}

WEB_LINK: Rules = {
    "webLink": ElementRule(("title", "url"), ("title", "url")),
    "url": ElementRule(required=frozenset({"href"})),
}

_RESPONSE = "rcardinality rtiming"
_RENDERING = ("material", "material_ref", "render_choice", "render_fib")
_RENDERED = ("material", "material_ref", "response_label", "flow_label")
_TEXTS = ("flow_mat", "material", "material_ref")

QUESTIONS: Rules = {
    "questestinterop": _closed(("assessment", "objectbank")),
    "assessment": _closed(
        ("qtimetadata", "rubric", "presentation_material", "section"), ("section",), required="ident title"
    ),
    "section": _closed(("item",), ("item",), required="ident", optional="title"),
    "item": _closed(
        ("itemmetadata", "presentation", "resprocessing", "itemfeedback"), required="ident", optional="title"
    ),
    "itemmetadata": _closed(("qtimetadata",), ("qtimetadata",)),
    "qtimetadata": _closed(("qtimetadatafield",), ("qtimetadatafield",)),
    "qtimetadatafield": _closed(("fieldlabel", "fieldentry"), ("fieldlabel", "fieldentry")),
    "presentation": _closed(
        ("flow", "material", "response_lid", "response_str"), ordered=False, optional="label x0 y0 width height"
    ),
    "response_lid": _closed(_RENDERING, ordered=False, required="ident", optional=_RESPONSE),
    "response_str": _closed(_RENDERING, ordered=False, required="ident", optional=_RESPONSE),
    "render_choice": _closed(_RENDERED, ordered=False, optional="shuffle minnumber maxnumber"),
    "render_fib": _closed(
        _RENDERED, ordered=False, optional="encoding charset rows columns maxchars minnumber maxnumber prompt fibtype"
    ),
    "response_label": _closed(
        ("material", "material_ref", "flow_mat"),
        ordered=False,
        required="ident",
        optional="labelrefid rshuffle match_group match_max",
    ),
    "material": _closed(("mattext", "matref", "matbreak", "altmaterial"), ordered=False, optional="label"),
    "mattext": _closed(optional="texttype charset label uri width height x0 y0"),
    "presentation_material": _closed(("flow_mat",), ("flow_mat",)),
    "flow_mat": _closed(_TEXTS, ordered=False, optional="class"),
    "resprocessing": _closed(("outcomes", "respcondition"), ("outcomes", "respcondition")),
    "outcomes": _closed(("decvar",), ("decvar",)),
    "decvar": _closed(required="varname", optional="vartype minvalue maxvalue"),
    "respcondition": _closed(
        ("conditionvar", "setvar", "displayfeedback"), ("conditionvar",), optional="title continue"
    ),
    "conditionvar": _closed(("and", "other", "varequal", "varsubstring"), ordered=False),
    "and": _closed(("not", "varequal"), ordered=False),
    "not": _closed(("varequal",), ("varequal",)),
    "varequal": _closed(required="respident", optional="case"),
    "setvar": _closed(optional="varname action"),
    "displayfeedback": _closed(required="feedbacktype linkrefid"),
    "itemfeedback": _closed(
        ("flow_mat", "material", "solution", "hint"), ordered=False, required="ident", optional="title"
    ),
}
# Canvas leaves the section of a quiz empty whose questions the profile does not have.
_QUESTIONS_OF_CANVAS = DocumentRules({**QUESTIONS, "section": replace(QUESTIONS["section"], needs=())})
_QUESTIONS, _TOPIC, _WEB_LINK = DocumentRules(QUESTIONS), DocumentRules(TOPIC), DocumentRules(WEB_LINK)


def rules_of(resource_type: str, *, of_canvas: bool) -> DocumentRules | None:
    """The rules of the document of a resource; None for a type without any here."""
    if resource_type.startswith("imsdt"):
        return _TOPIC
    if resource_type.startswith("imswl"):
        return _WEB_LINK
    if resource_type.startswith("imsqti") and resource_type.endswith("/assessment"):
        return _QUESTIONS_OF_CANVAS if of_canvas else _QUESTIONS
    return qti2_rules.RULES.get(resource_type.rpartition("_")[2])
