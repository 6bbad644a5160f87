"""The responses of an item of another tool, rewritten to those of Canvas: one for each blank and for each left side."""

from __future__ import annotations

import copy
import itertools
import re

from shared.formats import xml
from shared.formats.qti.material import RESPONSES, pieces
from shared.formats.qti.resprocessing import score_of
from shared.formats.xml import Element

TYPED = ("response_str", "response_num")
_MATERIALS = ("material", "material_ref", "flow_mat")
# The fields of the metadata in which tools name the type of a question, the most trusted first.
TYPE_LABELS = ("cc_profile", "respondusapi_qtype", "qmd_itemtype", "bbmd_questiontype", "question_type")
_BOUNDS = ("vargte", "vargt", "varlte", "varlt")  # of a number, which is no blank inside a text
_RIGHT_SIDES = "RIGHT_MATCH_BLOCK"  # the class of Blackboard's block
_PAIR = re.compile(r"[\s,;|]+")


def rewrite_responses(item: Element) -> None:
    """Rewrite the responses of an item in place."""
    presentation = xml.find(item, "presentation")
    if presentation is None:
        return
    _match_blocks(presentation, item)
    for response in [each for each in presentation.iter() if xml.local(each) in RESPONSES]:
        _text_of_labels(response)
        _REWRITES.get(xml.local(response), _areas_that_are_right)(response, item)
    _text_out_of_response(presentation)
    _keys_by_text(presentation, item)
    _keys_by_subset(presentation, item)


def _local_children(parent: Element, *names: str) -> list[Element]:
    return [child for child in parent.iter() if xml.local(child) in names]


def _new(like: Element, tag: str, **attributes: str) -> Element:
    """An element of the namespace of another."""
    return like.makeelement(_name(like, tag), attributes)


def _name(like: Element, tag: str) -> str:
    """The name of an element in the namespace of another."""
    own = str(like.tag)
    return own[: own.rfind("}") + 1] + tag


def _text_of_labels(response: Element) -> None:
    """A choice whose text stands in no material, as on a slider, gets one; the text of an area is its coordinates."""
    for label in _local_children(response, "response_label"):
        if (label.text or "").strip() and not len(label) and label.get("rarea") is None:
            text, label.text = label.text, None
            xml.add(xml.add(label, "material"), "mattext", (text or "").strip())


def _conditions(item: Element) -> list[Element]:
    return xml.find_all(item, "resprocessing/respcondition")


def _comparisons(parent: Element, respident: str, *names: str) -> list[Element]:
    return [each for each in _local_children(parent, *names) if each.get("respident") == respident]


# Matching


def _split_group(group: Element, item: Element) -> None:
    """A response for each left side of a `response_grp`; pairs become comparisons with the right side."""
    ident = group.get("ident") or ""
    labels = {label.get("ident") or "": label for label in _local_children(group, "response_label")}
    pairs: dict[str, str] = {}
    for comparison in _comparisons(item, ident, "varsubset", "varequal"):
        sides = [side for side in _PAIR.split(xml.inner_text(comparison).strip()) if side]
        if sides and len(sides) % 2 == 0 and labels.keys() >= set(sides):
            for left, right in zip(sides[::2], sides[1::2], strict=True):
                pairs.setdefault(left, right)
                comparison.addprevious(_comparison(comparison, left, right))
            _remove(comparison)
    rights = set(pairs.values())
    lefts = [
        name for name, label in labels.items() if name in pairs or (label.get("match_group") and name not in rights)
    ]
    if not lefts:
        return
    for left in lefts:
        response = _new(group, "response_lid", ident=left, rcardinality="Single")
        response.extend(copy.deepcopy(child) for child in labels[left])
        choices = xml.add(response, "render_choice")
        choices.extend(copy.deepcopy(label) for name, label in labels.items() if name not in lefts)
        group.addprevious(response)
    _remove(group)
    _state_type(item, "Matching")


def _comparison(like: Element, respident: str, value: str) -> Element:
    """A comparison of one response with one value."""
    comparison = _new(like, "varequal", respident=respident)
    comparison.text = value
    return comparison


def _remove(element: Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _match_blocks(presentation: Element, item: Element) -> None:
    """Blackboard's matching: each left side stands in front of its list, whose places are those of a block of right sides."""
    block = next((flow for flow in presentation.iter("{*}flow") if flow.get("class") == _RIGHT_SIDES), None)
    if block is None:
        return
    rights = xml.find_all(block, "flow")
    for response in _local_children(presentation, "response_lid"):
        places: dict[str, str] = {}
        for place, label in enumerate(_local_children(response, "response_label")):
            places[label.get("ident") or ""] = name = f"right_{place + 1}"
            label.set("ident", name)
            label.extend(copy.deepcopy(part) for part in (rights[place] if place < len(rights) else ()))
        for comparison in _comparisons(item, response.get("ident") or "", "varequal"):
            value = xml.inner_text(comparison).strip()
            comparison.text = places.get(value, value)
        lefts = itertools.takewhile(_is_no_response, list(response.itersiblings(preceding=True)))
        for left in lefts:
            response.insert(0, left)
    _remove(block)


def _is_no_response(element: Element) -> bool:
    return xml.local(element) not in RESPONSES


# Blanks


def _split_blanks(response: Element, item: Element) -> None:
    """A response for each blank of a `render_fib`, with the text between them in its place in the question."""
    rendered = response.find("{*}render_fib")
    if rendered is None:
        return
    parts = [part for part in rendered if xml.local(part) in (*_MATERIALS, "response_label")]
    blanks = [part for part in parts if xml.local(part) == "response_label"]
    if len(blanks) < 2 and not (blanks and len(parts) > 1):
        return
    ident = response.get("ident") or ""
    if len(blanks) == 1 and _comparisons(item, ident, *_BOUNDS):
        return
    names = _names_of_blanks(ident, blanks)
    for part in parts:
        if xml.local(part) != "response_label":
            response.addprevious(part)
            continue
        blank = _new(response, xml.local(response), ident=names[blanks.index(part)], rcardinality="Single")
        fib = xml.add(blank, "render_fib", **{str(name): str(value) for name, value in rendered.items()})
        fib.append(part)
        response.addprevious(blank)
    _remove(response)
    _assign(item, ident, blanks, names)
    # A single blank inside its text looks like a short answer.
    _state_type(item, "Fill in multiple blanks")


def _names_of_blanks(ident: str, blanks: list[Element]) -> list[str]:
    labels = [blank.get("ident") or str(place) for place, blank in enumerate(blanks, 1)]
    return [ident] if len(blanks) == 1 else [f"{ident}_{label}" for label in labels]


def _assign(item: Element, ident: str, blanks: list[Element], names: list[str]) -> None:
    """Let each comparison name its blank: by the ident of its label, by its index, else by its place."""
    by_label = {blank.get("ident"): name for blank, name in zip(blanks, names, strict=True)}
    conditions = [each for each in _conditions(item) if _of_response(each, ident, by_label)]
    one_each = len(conditions) == len(names)
    for number, condition in enumerate(conditions):
        place = 0
        for comparison in _of_response(condition, ident, by_label):
            respident, index = comparison.get("respident") or "", comparison.get("index") or ""
            if respident != ident:
                comparison.set("respident", by_label[respident])
                continue
            at = int(index) - 1 if index.isdecimal() else number if one_each else place
            comparison.set("respident", names[min(max(at, 0), len(names) - 1)])
            # The texts of an <or> are accepted in one and the same blank.
            parent = comparison.getparent()
            if parent is None or xml.local(parent) != "or" or parent[-1] is comparison:
                place += 1


def _of_response(condition: Element, ident: str, by_label: dict[str | None, str]) -> list[Element]:
    comparisons = _local_children(condition, "varequal", "varsubstring", "varsubset")
    return [each for each in comparisons if each.get("respident") == ident or each.get("respident") in by_label]


def _state_type(item: Element, name: str) -> None:
    """State the type of the question in the place of what the tool says."""
    for field in _local_children(item, "qtimetadatafield"):
        if xml.text_at(field, "fieldlabel") in TYPE_LABELS:
            _remove(field)
    field = xml.add(xml.add(xml.add(item, "itemmetadata"), "qtimetadata"), "qtimetadatafield")
    xml.add(field, "fieldlabel", "qmd_itemtype")
    xml.add(field, "fieldentry", name)


# Areas of a picture


def _areas_that_are_right(response: Element, item: Element) -> None:
    """A choice between areas becomes a hot spot with the areas that are right; any other choice stays as it is."""
    rendered = response.find(".//{*}render_hotspot")
    if rendered is None:
        return
    ident = response.get("ident") or ""
    earning = [each for each in _conditions(item) if (score_of(each) or 0) > 0]
    right = {xml.inner_text(value).strip() for each in earning for value in _comparisons(each, ident, "varequal")}
    response.tag = _name(response, "response_xy")
    for label in _local_children(response, "response_label"):
        if right and label.get("ident") not in right:
            _remove(label)
    image = item.find("{*}presentation//{*}matimage")
    if image is not None and response.find(".//{*}matimage") is None:
        xml.add(rendered, "material").append(copy.deepcopy(image))


def _areas_by_condition(response: Element, item: Element) -> None:
    """The areas of a hot spot that only its conditions state."""
    rendered = next(iter(_local_children(response, "render_hotspot")), None)
    if rendered is None or _local_children(rendered, "response_label"):
        return
    inside = _comparisons(item, response.get("ident") or "", "varinside")
    areas = {xml.inner_text(each).strip(): each.get("areatype") for each in inside}
    for place, (coordinates, shape) in enumerate(areas.items(), 1):
        label = xml.add(rendered, "response_label", coordinates, ident=f"A{place}")
        xml.set_if(label, rarea=shape)


# By the name of the response; the others are choices.
_REWRITES = {"response_grp": _split_group, **dict.fromkeys(TYPED, _split_blanks), "response_xy": _areas_by_condition}


# Text and keys


def _text_out_of_response(presentation: Element) -> None:
    """The text of a question that stands in its one response is put in front of it."""
    responses = [each for each in presentation.iter() if xml.local(each) in RESPONSES]
    if len(responses) != 1 or pieces(presentation):
        return
    [response] = responses
    rendered = [child for child in response if xml.local(child).startswith("render_")]
    inside = [part for parent in (response, *rendered) for part in parent if xml.local(part) in _MATERIALS]
    for place, part in enumerate(inside):
        texts = [piece for piece in pieces(part) if xml.local(piece) != "matimage"] or pieces(part)
        material = _new(presentation, "material")
        material.extend(copy.deepcopy(text) for text in texts)
        presentation.insert(place, material)
        if part.find(".//{*}matimage") is None:
            _remove(part)


def _keys_by_text(presentation: Element, item: Element) -> None:
    """A key that is the text of a choice instead of its ident becomes the ident."""
    for response in _local_children(presentation, "response_lid"):
        labels = _local_children(response, "response_label")
        idents = {label.get("ident") for label in labels}
        by_text = {"".join(str(t) for t in label.itertext()).strip(): label.get("ident") for label in labels}
        for comparison in _comparisons(item, response.get("ident") or "", "varequal"):
            value = xml.inner_text(comparison).strip()
            if value not in idents and value in by_text:
                comparison.text = by_text[value]


def _keys_by_subset(presentation: Element, item: Element) -> None:
    """A set of choices that are right together becomes a comparison with each of them."""
    for response in _local_children(presentation, "response_lid"):
        ident, idents = (
            response.get("ident") or "",
            {e.get("ident") for e in _local_children(response, "response_label")},
        )
        for comparison in _comparisons(item, ident, "varsubset"):
            values = [value for value in _PAIR.split(xml.inner_text(comparison).strip()) if value]
            if not values or not idents.issuperset(values):
                continue
            comparison.tag, comparison.text = _name(comparison, "and"), None
            comparison.attrib.clear()
            for value in values:
                xml.add(comparison, "varequal", value, respident=ident)
