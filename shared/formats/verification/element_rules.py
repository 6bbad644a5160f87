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


Rules = Mapping[str, ElementRule]


@dataclass(slots=True)
class _Open:
    """An element with a rule that is being read."""

    name: str
    rule: ElementRule
    rank: int = 0  # the place of its last child among those that it may have
    children: set[str] = field(default_factory=set)


@dataclass(slots=True)
class ElementCheck:
    """The findings on one document, whose elements are handled one by one. Elements without a rule may hold anything."""

    path: str
    rules: Rules
    findings: list[Finding] = field(default_factory=list)
    _open: list[_Open | None] = field(default_factory=list)  # None for an element without a rule: most have none

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Handle the start of an element."""
        tag = name.rpartition(":")[2] if ":" in name else name
        parent = self._open[-1] if self._open else None
        if parent is not None:
            self._place(tag, parent)
        rule = self.rules.get(tag)
        if rule is not None:
            self._attributes(tag, rule, attributes)
        self._open.append(None if rule is None else _Open(tag, rule))

    def end(self, _name: str) -> None:
        """Handle the end of an element."""
        element = self._open.pop()
        if element is None:
            return
        for name in element.rule.needs:
            if name not in element.children:
                self._add("element_missing", f"<{element.name}> has no <{name}>.")

    def _place(self, tag: str, parent: _Open) -> None:
        rule = parent.rule
        if tag in rule.anywhere:
            return
        parent.children.add(tag)
        if tag not in rule.children:
            self._add("element_misplaced", f"<{parent.name}> has no element <{tag}>.")
        elif rule.ordered:
            rank = rule.children.index(tag)
            if rank < parent.rank:
                self._add("element_misplaced", f"<{tag}> stands behind <{rule.children[parent.rank]}>.")
            parent.rank = max(rank, parent.rank)

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
