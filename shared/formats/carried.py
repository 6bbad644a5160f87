"""What no reader knows in Canvas's own documents: kept on its object as it stood, and written again in its place.

Canvas adds settings with every release. An unknown element or attribute belongs to the nearest element around it that is
an object of the course; its place is the path from there. It is kept beside the identifiers of the object, under a prefix.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import msgspec
from lxml import etree

from shared.domain.identifiers import Identified
from shared.domain.kinds import Kind
from shared.formats import xml
from shared.formats.known_names import CANVAS_ATTRIBUTES, CANVAS_ELEMENTS, OPEN, QTI_ATTRIBUTES, QTI_ELEMENTS
from shared.formats.xml import CANVAS, XSI, Element

# In front of the prefix of the companion whose element the object is: "carried:meta" for the settings of a topic.
PREFIX = "carried:"
# Characters of one unknown element. A larger one is no setting, and is not kept.
_LARGEST = 100_000
_IDENTIFIERS = ("identifier", "ident")
# Parts of one package, and elements beside an unknown one: more are of no tool, and their places cost too much to find.
_MOST_PARTS = 2_000
_MOST_SIBLINGS = 5_000
# Which kind an element is, where objects of several kinds have one identifier.
_KINDS = {
    "assignment": Kind.ASSIGNMENTS,
    "quiz": Kind.QUIZZES,
    "assessment": Kind.QUIZZES,
    "module": Kind.MODULES,
    "topicMeta": Kind.DISCUSSION_TOPICS,
    "course": Kind.COURSES,
}

_NO_NAMES: frozenset[str] = frozenset()
# Counted by libxml2: a list of elements may be long.
_BEFORE = etree.XPath("count(preceding-sibling::*[local-name() = $name])")
_HAS_TEXT = etree.XPath("boolean(text()[normalize-space()])")

Step = tuple[str, int]  # the local name of an element, and its number among its siblings of that name


class Piece(msgspec.Struct, frozen=True, omit_defaults=True):
    """One unknown element or attribute, and its place inside the element of its object."""

    owner: str  # the local name of the element of the object
    path: list[Step]  # from there to the parent, or to the element that has the attribute
    at: int = 0  # the number of elements in front of it
    behind: Step | None = None  # the element in front of it
    number: int = 0  # its number among its siblings of the same name
    offset: int = 0  # the number of characters of text in front of it
    name: str | None = None  # of an attribute
    source: str = ""  # the element as XML, or the value of the attribute


_PIECES = msgspec.json.Decoder(list[Piece])


@dataclass(slots=True)
class Unknown:
    """An unknown element, None for an attribute, with the elements around it from the root on."""

    chain: list[Element]
    element: Element | None
    piece: Piece


@dataclass(slots=True)
class Carried:
    """The unknown parts of the package that is read."""

    parts: list[Unknown] = field(default_factory=list)
    _marked: dict[Element, None] = field(default_factory=dict)  # holds the elements, so that each stays the same one
    _crowded: dict[Element, bool] = field(default_factory=dict)

    def __contains__(self, element: Element) -> bool:
        return element in self._marked

    def take(self, root: Element) -> set[str]:
        """Note the unknown parts of a document of Canvas or of QTI. Returns the names of all of them."""
        canvas = etree.QName(root).namespace == CANVAS
        elements = CANVAS_ELEMENTS if canvas else QTI_ELEMENTS
        attributes = CANVAS_ATTRIBUTES if canvas else QTI_ATTRIBUTES
        if xml.local(root) not in elements:
            return set()
        before = len(self.parts)
        names: dict[object, str] = {}  # local names by tag: most elements of a document have one of a few
        for element in root.iter(etree.Element):
            name = names.get(element.tag)
            if name is None:
                name = names[element.tag] = xml.local(element)
            parent = element.getparent() if self._marked or name not in elements else None
            if parent is not None and parent in self._marked:
                self._marked[element] = None
                continue
            if name not in elements and parent is not None and xml.local(parent) not in OPEN:
                self.note(element)
            elif name not in OPEN and not attributes.get(name, _NO_NAMES).issuperset(element.keys()):
                self._note_attributes(element, attributes.get(name, _NO_NAMES))
        added = self.parts[before:]
        for part in added:
            _remove_from_text(part, self._marked)
        return {_name_of(part) for part in added}

    def note(self, element: Element) -> bool:
        """Note an unknown element; False for one that is not kept: it is too large, or one of too many."""
        if element in self._marked:
            return True
        parent = element.getparent()
        if len(self.parts) >= _MOST_PARTS or (parent is not None and self._is_crowded(parent)):
            return False
        source = etree.tostring(element, encoding="unicode", with_tail=False)
        if len(source) > _LARGEST:
            return False
        self._marked[element] = None
        before = next(element.itersiblings(etree.Element, preceding=True), None)
        at = 0 if parent is None else parent.index(element)
        offset = 0
        if parent is not None and _HAS_TEXT(parent):
            offset = sum(len(text) for _, text in _runs(parent)[: at + 1])
        behind = None if before is None else _step(before)
        piece = Piece("", [], at=at, behind=behind, number=_step(element)[1], offset=offset, source=source)
        self.parts.append(Unknown(_around(element), element, piece))
        return True

    def _is_crowded(self, parent: Element) -> bool:
        if parent not in self._crowded:
            self._crowded[parent] = len(parent) > _MOST_SIBLINGS
        return self._crowded[parent]

    def _note_attributes(self, element: Element, known: frozenset[str]) -> None:
        for name, value in element.attrib.items():
            if len(self.parts) >= _MOST_PARTS:
                return
            if str(name) not in known and not str(name).startswith(f"{{{XSI}}}"):
                piece = Piece("", [], name=str(name), source=str(value))
                self.parts.append(Unknown([*_around(element), element], None, piece))

    def owned(self, objects: Mapping[str, list[Identified]], course: Identified) -> Iterator[tuple[Identified, Piece]]:
        """Each part with the object that it belongs to; the course has what is inside of no other."""
        for part in self.parts:
            depth, owner = _owner(part.chain, objects) or (0, course)
            path = [_step(element) for element in part.chain[depth + 1 :]]
            yield owner, msgspec.structs.replace(part.piece, owner=xml.local(part.chain[depth]), path=path)


def _around(element: Element) -> list[Element]:
    """The elements around an element, from the root on."""
    return [*element.iterancestors()][::-1]


def _name_of(part: Unknown) -> str:
    if part.element is not None:
        return f"<{xml.local(part.element)}>"
    return f"{xml.local(part.chain[-1])}@{etree.QName(part.piece.name or '').localname}"


def _runs(parent: Element) -> list[tuple[Element | None, str]]:
    """The texts in an element, each with the child in front of it. White space between elements is no text."""
    texts = [(None, parent.text or ""), *((child, child.tail or "") for child in parent)]
    return [(child, text if text.strip() else "") for child, text in texts]


def _remove_from_text(part: Unknown, marked: Container[Element]) -> None:
    """Take an element out of a value: its own text is not part of that."""
    element, parent = part.element, part.chain[-1]
    if element is None or not all(child in marked for child in parent):
        return
    tail = element.tail if (element.tail or "").strip() else ""
    before = element.getprevious()
    if before is None:
        parent.text = f"{parent.text or ''}{tail}" or None
    else:
        before.tail = f"{before.tail or ''}{tail}"
    parent.remove(element)


def _step(element: Element) -> Step:
    name = xml.local(element)
    return name, int(float(str(_BEFORE(element, name=name))))


def _owner(chain: list[Element], objects: Mapping[str, list[Identified]]) -> tuple[int, Identified] | None:
    """(depth, object) of the innermost element that is an object."""
    for depth in range(len(chain) - 1, -1, -1):
        identifier = next((chain[depth].get(name) for name in _IDENTIFIERS if chain[depth].get(name)), None)
        candidates = objects.get(str(identifier), [])
        if candidates:
            kind = _KINDS.get(xml.local(chain[depth]))
            return depth, next((one for one in candidates if one[0] is kind), candidates[0])
    return None


def encoded(pieces: Iterable[Piece]) -> str:
    """The pieces of an object as they are kept."""
    return msgspec.json.encode(list(pieces)).decode()


def decoded(text: str) -> list[Piece]:
    """The pieces of an object. Raises msgspec.DecodeError for any other text."""
    return _PIECES.decode(text)


def restore(owner: Element, pieces: Iterable[Piece]) -> None:
    """Put the pieces of an object into its element.

    A piece whose place is not there goes to the end; an element with an identifier gets its containers again.
    """
    for piece in sorted(pieces, key=lambda piece: (piece.path, piece.at)):
        parent = _at(owner, piece.path)
        if piece.name is not None:
            if parent is not None and parent.get(piece.name) is None:
                parent.set(piece.name, piece.source)
        else:
            element = etree.fromstring(piece.source)
            if parent is None and element.get("identifier"):
                parent = _container(owner, piece.path)
            _insert(owner if parent is None else parent, element, piece)


def _at(owner: Element, path: Iterable[Step]) -> Element | None:
    element: Element | None = owner
    for step in path:
        element = None if element is None else _child(element, step)
    return element


def _container(owner: Element, path: Iterable[Step]) -> Element:
    """The containers of an object that is listed, which no writer writes where the course has no such object."""
    for name, number in path:
        container = _child(owner, (name, number))
        if container is None:
            container = xml.add(owner, name)
        owner = container
    return owner


def _child(parent: Element, step: Step) -> Element | None:
    name, number = step
    same = [child for child in parent if xml.local(child) == name]
    return same[number] if number < len(same) else None


def _insert(parent: Element, element: Element, piece: Piece) -> None:
    if _is_written(parent, element, piece.number):
        return  # a writer knows it after all
    if any(text for _, text in _runs(parent)):
        _insert_into_text(parent, element, piece.offset)
        return
    behind = None if piece.behind is None else _child(parent, piece.behind)
    at = min(piece.at, len(parent)) if behind is None else parent.index(behind) + 1
    parent.insert(at, element)


def _is_written(parent: Element, element: Element, number: int) -> bool:
    """Whether the parent has the element: one with its identifier, or without any, the one of its name and number."""
    identifier, name = element.get("identifier"), xml.local(element)
    if identifier:
        return any(child.get("identifier") == identifier for child in parent if xml.local(child) == name)
    return _child(parent, (name, number)) is not None


def _insert_into_text(parent: Element, element: Element, offset: int) -> None:
    """Insert behind so many characters of the text, and behind the text that is there already."""
    start = chosen = at = 0
    runs = _runs(parent)
    for place, (_, text) in enumerate(runs):
        if start <= offset:
            chosen, at = place, offset - start
        start += len(text)
    child, text = runs[chosen]
    if child is None:
        parent.text = text[:at]
    else:
        child.tail = text[:at]
    parent.insert(chosen, element)
    element.tail = text[at:]
