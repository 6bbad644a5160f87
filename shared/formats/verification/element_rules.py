"""What may stand where in a document, by tables, checked while the document is parsed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from shared.domain.verification import Finding

_MOST = 20  # findings of one document: further ones say nothing new


@dataclass(frozen=True, slots=True)
class ElementRule:
    """An element: its children in their order, of which each may stand repeatedly, and its attributes."""

    children: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()  # children of which there is one at least
    required: frozenset[str] = frozenset()
    optional: frozenset[str] | None = None  # None: any attributes
    ordered: bool = True
    anywhere: tuple[str, ...] = ()  # children that stand in any place
    ranks: Mapping[str, int] = field(init=False, repr=False, compare=False)  # the place of each child in their order

    def __post_init__(self) -> None:
        """Number the children once, as they are looked up for every element of a document."""
        object.__setattr__(self, "ranks", {name: rank for rank, name in enumerate(self.children)})


Rules = Mapping[str, ElementRule]


@dataclass(slots=True)
class _Open:
    """An element with a rule that is being read."""

    name: str
    rule: ElementRule
    rank: int = 0  # the place of its last child among those that it may have
    missing: tuple[str, ...] = ()  # children that it needs and that have not come yet


@dataclass(slots=True)
class ElementCheck:
    """The findings on one document, whose elements are handled one by one. Elements without a rule may hold anything."""

    path: str
    rules: Rules
    findings: list[Finding] = field(default_factory=list)
    # None for an element without a rule, as most are, and for what the document stands in.
    _open: list[_Open | None] = field(default_factory=lambda: [None])

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Handle the start of an element."""
        rule = self.rules.get(name)
        if rule is None and ":" in name:
            name = name.rpartition(":")[2]
            rule = self.rules.get(name)
        parent = self._open[-1]
        if parent is not None:
            self._place(name, parent)
        if rule is None:
            self._open.append(None)
            return
        if rule.optional is not None or not rule.required <= attributes.keys():
            self._attributes(name, rule, attributes)
        self._open.append(_Open(name, rule, 0, rule.needs))

    def end(self, _name: str) -> None:
        """Handle the end of an element."""
        element = self._open.pop()
        if element is not None and element.missing:
            for name in element.missing:
                self._add("element_missing", f"<{element.name}> has no <{name}>.")

    def _place(self, tag: str, parent: _Open) -> None:
        rule = parent.rule
        rank = rule.ranks.get(tag)
        if rank is None:
            if tag not in rule.anywhere:
                self._add("element_misplaced", f"<{parent.name}> has no element <{tag}>.")
            return
        if tag in parent.missing:
            parent.missing = tuple(name for name in parent.missing if name != tag)
        if rank > parent.rank:
            parent.rank = rank
        elif rank < parent.rank and rule.ordered:
            self._add("element_misplaced", f"<{tag}> stands behind <{rule.children[parent.rank]}>.")

    def _attributes(self, tag: str, rule: ElementRule, attributes: Mapping[str, str]) -> None:
        for name in rule.required:
            if name not in attributes:
                self._add("attribute_missing", f"<{tag}> has no attribute {name}.")
        if rule.optional is None:
            return
        for name in attributes:
            if name not in rule.required and name not in rule.optional and ":" not in name and name != "xmlns":
                self._add("attribute_unknown", f"<{tag}> has no attribute {name} in this format.")

    def _add(self, code: str, message: str) -> None:
        if len(self.findings) < _MOST:
            self.findings.append(Finding(code=code, place=self.path, message=message))


def checked(pieces: Iterable[bytes], check: ElementCheck) -> Iterator[bytes]:
    """The same pieces of a document; its findings are complete after the last one."""
    pieces, parser = iter(pieces), expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = check.start, check.end
    try:
        for piece in pieces:
            parser.Parse(piece, False)
            yield piece
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        message = f"{check.path} is not XML: {error}."
        check.findings.append(Finding(code="document_unreadable", place=check.path, message=message))
        # Read to the end: if the member is damaged, that is the reason to report.
        yield from pieces
