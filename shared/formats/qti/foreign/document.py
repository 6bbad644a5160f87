"""A QTI 1.2 document of another tool: references within it are replaced by what they name, before it is read.

Source: QTI 1.2, matref and material_ref (by the label or the ident of a material), itemref and sectionref.
"""

from __future__ import annotations

import copy

from shared.formats import xml
from shared.formats.xml import Element

_REFERENCES = {
    "matref": ("mattext", "matemtext", "matimage", "mataudio", "matvideo", "material"),
    "material_ref": ("material",),
    "itemref": ("item",),
    "sectionref": ("section",),
}
# Elements that copies may add to a document: a hostile one could multiply itself.
_MOST_COPIED = 200_000


def resolve_references(root: Element) -> None:
    """Put a copy of what it names in the place of each reference within the document.

    A section or an item beside the quizzes is moved into the first quiz that refers to it; anything else is copied.
    References to what the document does not hold stay, and those to the questions of its bank.
    """
    references = list(root.iter(*(f"{{*}}{name}" for name in _REFERENCES)))
    if not references:
        return
    by_ident = _by_ident(root)
    copied = 0
    for reference in references:
        target = _target(reference, by_ident)
        if target is None or target in reference.iterancestors():
            continue
        if xml.local(target) == "item" and _is_in(target, "objectbank"):
            continue
        if xml.local(target) in ("item", "section") and not _is_in(target, "assessment"):
            reference.addprevious(target)
        else:
            copied += sum(1 for _ in target.iter())
            if copied > _MOST_COPIED:
                return
            reference.addprevious(copy.deepcopy(target))
        _remove(reference)


def _by_ident(root: Element) -> dict[tuple[str, str], Element]:
    """Element by (name of the element, its ident or label)."""
    names = {name for targets in _REFERENCES.values() for name in targets}
    by_ident: dict[tuple[str, str], Element] = {}
    for element in root.iter():
        kind = xml.local(element)
        for ident in (element.get("ident"), element.get("label")) if kind in names else ():
            if ident:
                by_ident.setdefault((kind, ident), element)
    return by_ident


def _target(reference: Element, by_ident: dict[tuple[str, str], Element]) -> Element | None:
    ident = reference.get("linkrefid") or ""
    kinds = _REFERENCES[xml.local(reference)]
    return next((by_ident[kind, ident] for kind in kinds if (kind, ident) in by_ident), None)


def _is_in(element: Element, name: str) -> bool:
    return any(xml.local(parent) == name for parent in element.iterancestors())


def _remove(element: Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)
