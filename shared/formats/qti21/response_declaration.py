"""`<responseDeclaration>`: a response with its correct values and what each value is worth."""

from __future__ import annotations

from collections.abc import Iterable

from shared.formats import xml
from shared.formats.xml import Element


def declare(
    item: Element,
    identifier: str,
    cardinality: str,
    base_type: str,
    right: Iterable[str] = (),
    *,
    worth: Iterable[tuple[str, object]] = (),
) -> None:
    """Append a declaration: its correct values and, if values are worth something, a mapping of (value, points).

    Source: QTI 2.1, responseDeclaration. A value that is not in the mapping is worth its default, 0.
    """
    declaration = xml.add(
        item, "responseDeclaration", identifier=identifier, cardinality=cardinality, baseType=base_type
    )
    # Answers may repeat a text; each accepted value is declared once.
    values = list(dict.fromkeys(right))
    if values:
        correct = xml.add(declaration, "correctResponse")
        for text in values:
            xml.add(correct, "value", text)
    entries = _folded(worth) if base_type == "string" else dict(worth)
    if entries:
        mapping = xml.add(declaration, "mapping", defaultValue="0")
        for key, points in entries.items():
            entry = xml.add(mapping, "mapEntry", mapKey=key, mappedValue=points)
            # Canvas compares typed answers without regard to case; the default of QTI 2.1 is true.
            if base_type == "string":
                entry.set("caseSensitive", "false")


def _folded(worth: Iterable[tuple[str, object]]) -> dict[str, object]:
    """The first of the texts that differ in case alone: some readers add up all entries that a response matches."""
    entries: dict[str, tuple[str, object]] = {}
    for text, points in worth:
        entries.setdefault(text.casefold(), (text, points))
    return dict(entries.values())
