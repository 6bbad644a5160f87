"""Parses XML of packages: strictly where it can be, repaired where it has to be, and with what was lost counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from lxml import etree

from shared.formats.xml import Element, local
from shared.formats.xml_reading.repair import Repaired, repair_characters, repair_tags

# Bytes above which a faulty document is left to the parser's own recovery: a repair costs a multiple of a parse.
_REPAIRED_UP_TO = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Parsed:
    """The root of a document, None where it has none, and its faults."""

    root: Element | None
    sure: Counter[str] = field(default_factory=Counter)  # faults that were repaired without a doubt
    guessed: Counter[str] = field(default_factory=Counter)  # faults that were repaired by a guess
    lost: Counter[str] = field(default_factory=Counter)  # elements of the source that are not in the tree, by name
    recovered: bool = False  # whether the parser skipped what it could not read

    @property
    def whole(self) -> bool:
        """Whether the tree is all that the document says."""
        return self.root is not None and not (self.guessed or self.lost or self.recovered)


def _parser(*, recover: bool = False) -> etree.XMLParser:
    # huge_tree lifts libxml2's limits on depth and text length; PackageReader has limits of its own for both.
    return etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, huge_tree=True, load_dtd=False, recover=recover
    )


def parse(data: bytes) -> Parsed:
    """Parse a document in UTF-8, whatever it declares: `xml_prolog` has checked these very bytes.

    Entities are never resolved, those of a document type declaration included, and nothing is fetched.
    """
    root = _strict(data)
    if root is not None and not _has_entities(root):
        return Parsed(root)
    # A NUL in front is an encoding that nobody declared.
    if len(data) > _REPAIRED_UP_TO or b"\0" in data[:4]:
        return Parsed(_recovered(data), recovered=True)
    repaired = repair_characters(data)
    root = _strict(repaired.text.encode())
    if root is not None:
        return Parsed(root, sure=repaired.sure or Counter({"characters in front of the document": 1}))
    return _balanced(repair_tags(repaired))


def _strict(data: bytes) -> Element | None:
    try:
        return etree.fromstring(data, _parser())
    except etree.XMLSyntaxError:
        return None


def _has_entities(root: Element) -> bool:
    """Whether entities were left out: a document with a document type may name those of HTML without declaring them."""
    return root.getroottree().docinfo.internalDTD is not None and next(root.iter(etree.Entity), None) is not None


def _balanced(repaired: Repaired) -> Parsed:
    data = repaired.text.encode()
    strict = _strict(data)
    root = _recovered(data) if strict is None else strict
    if root is None:
        return Parsed(None)
    read = Counter(local(element) for element in root.iter(etree.Element))
    # A repair that counted nothing was of tags alone, such as values without quotes.
    guessed = repaired.guessed if repaired.sure else repaired.guessed or Counter({"tags that are not well-formed": 1})
    return Parsed(root, repaired.sure, guessed, repaired.elements - read, recovered=strict is None)


def _recovered(data: bytes) -> Element | None:
    try:
        return etree.fromstring(data, _parser(recover=True))
    except etree.XMLSyntaxError:
        return None
