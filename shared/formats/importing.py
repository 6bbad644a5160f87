"""What every reader of a package works with: ids for identifiers, the objects read so far, warnings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from shared.domain.content.content_object import Content
from shared.domain.content.course import Course
from shared.domain.course_content import LOADED_AS
from shared.domain.identifiers import Identified
from shared.domain.kinds import Kind, family
from shared.domain.report import ItemWarning
from shared.domain.warning_codes import WarningCode
from shared.formats.carried import PREFIX, Carried, Piece, encoded
from shared.formats.identifiers import ANY_TEXT, SPELLING, as_id, hashed
from shared.formats.xml import Element


@dataclass(frozen=True, slots=True)
class MemberFile:
    """The bytes of a file object: a member of the package, or a path below the folder that is read."""

    name: str
    size: int


@dataclass(slots=True)
class Importing:
    """A package on its way into the content model.

    Objects refer to each other by id. `id_of` gives an identifier its id on first sight, so that a reference may come
    before the object it names, or name one that the package does not hold.
    HTML stays as it is in the package until the last step, which turns tokens into links once all ids are known.
    """

    course_id: int
    next_id: Callable[[], int]
    # From an earlier load into the same course.
    known: Mapping[tuple[Kind, str], int] = field(default_factory=dict)
    site: str = ""  # the address of the site that the course is for; absolute links to it are links within the course
    package: str = ""  # what the package is, in words
    course: Course | None = None
    # False where name and licence are those of a package that is not the whole course.
    names_course: bool = True
    objects: dict[Kind, list[Content]] = field(default_factory=dict)
    files: dict[int, MemberFile] = field(default_factory=dict)  # id of a file object -> its bytes
    file_paths: dict[str, int] = field(default_factory=dict)  # path below web_resources -> id of the file object
    documents: dict[str, str] = field(default_factory=dict)  # member of the package -> identifier of its resource
    identifiers: dict[Identified, str] = field(default_factory=dict)
    warnings: list[ItemWarning] = field(default_factory=list)
    has_canvas_documents: bool = False  # whether a document of Canvas was read, as quizzes alone have too
    carried: Carried = field(default_factory=Carried)  # what no reader knows in Canvas's own documents
    _ids: dict[tuple[Kind, str], int] = field(default_factory=dict)
    _added: set[tuple[Kind, int]] = field(default_factory=set)
    _repeated: Counter[tuple[Kind, str | None]] = field(default_factory=Counter)

    def id_of(self, kind: Kind, identifier: str) -> int:
        """The id of the object that the package calls `identifier`; the same for every mention of it.

        Announcements and discussion topics share identifiers, as they share a table in Canvas.
        """
        kind = family(kind)
        object_id = self._ids.get((kind, identifier))
        if object_id is None:
            object_id = self.known.get((kind, identifier)) or self.next_id()
            self._ids[kind, identifier] = object_id
            self.identifiers[kind, object_id, ""] = identifier
        return object_id

    def nameless(self, kind: Kind) -> str:
        """A stable identifier for an object without one: from its number among the objects of its kind that lack one."""
        self._repeated[kind, None] += 1
        return hashed(f"{kind}/{self._repeated[kind, None]}")

    def alias(self, kind: Kind, identifier: str, object_id: int) -> None:
        """Let a second identifier mean an object too, unless it means one already."""
        self._ids.setdefault((kind, identifier), object_id)

    def remember(self, kind: Kind, object_id: int, prefix: str, identifier: str | None) -> None:
        """Keep the identifier of a companion of an object (see `Keys`) in the package, so that an export uses it again.

        Without a prefix it is that of the object itself; a second load still finds the object under its earlier identifier.
        """
        if not identifier:
            return
        before = self.identifiers.get((kind, object_id, prefix), identifier)
        if not prefix and before != identifier and self._ids.get((kind, before)) == object_id:
            self.identifiers.setdefault((kind, object_id, LOADED_AS), before)
        self.identifiers[kind, object_id, prefix] = identifier

    def add(self, kind: Kind, item: Content) -> None:
        """Add an object of the package.

        The second of two with one identifier gets another one, the same in every load of the package.
        """
        if (kind, item.id) in self._added:
            self.warn(
                WarningCode.IDENTIFIER_REPEATED, str(item.migration_id), f"Two {kind} are called {item.migration_id}."
            )
            self._give_own_identifier(kind, item)
        self._added.add((kind, item.id))
        self.objects.setdefault(kind, []).append(item)

    def _give_own_identifier(self, kind: Kind, item: Content) -> None:
        first = item.migration_id
        while (kind, item.id) in self._added:
            self._repeated[kind, first] += 1
            # Drawn from the identifier and a number, not at random: a second load must replace the object, not add a
            # third.
            item.migration_id = hashed(f"{kind}/{first}/{self._repeated[kind, first]}")
            item.id = self.id_of(kind, item.migration_id)

    def all(self, kind: Kind) -> list[Content]:
        """The objects of a kind that were added so far."""
        return self.objects.setdefault(kind, [])

    def defined(self) -> dict[tuple[Kind, str], int]:
        """Identifier -> id of the objects that the package really holds, for links to them."""
        return {
            (kind, item.migration_id): item.id
            for kind, items in self.objects.items()
            for item in items
            if item.migration_id
        }

    def make_identifiers_valid(self) -> None:
        """Let every object have an xs:ID, which the identifiers of tools other than Canvas need not be."""
        for (kind, object_id, prefix), identifier in list(self.identifiers.items()):
            if kind not in ANY_TEXT and prefix != LOADED_AS and not prefix.startswith((SPELLING, PREFIX)):
                self.remember(kind, object_id, prefix, as_id(identifier))

    def forget_if_taken(self, prefix: str) -> None:
        """Forget the identifier of a companion of the course that an object has too: it gets another one in a package."""
        name = (Kind.COURSES, self.course_id, prefix)
        others = {identifier for (kind, *_), identifier in self.identifiers.items() if kind is not Kind.COURSES}
        if self.identifiers.get(name) in others:
            del self.identifiers[name]

    def carry(self, root: Element, member: str) -> None:
        """Keep what is unknown in a document of Canvas, and name it once."""
        names = sorted(self.carried.take(root))
        if names:
            listed = ", ".join(names[:10]) + (", ..." if len(names) > 10 else "")
            sentence = f"Of this member these are not known here; they are kept as they are: {listed}."
            self.warn(WarningCode.CARRIED_UNKNOWN, member, sentence)

    def keep_carried(self) -> None:
        """Keep the unknown parts beside the identifiers of the objects that they belong to."""
        if not self.carried.parts:
            return
        present = {(family(kind), item.id) for kind, items in self.objects.items() for item in items}
        present.add((Kind.COURSES, self.course_id))
        objects: dict[str, list[Identified]] = {}
        for (kind, object_id, prefix), identifier in self.identifiers.items():
            if (kind, object_id) in present:
                objects.setdefault(identifier, []).append((kind, object_id, prefix))
        pieces: dict[Identified, list[Piece]] = {}
        for owner, piece in self.carried.owned(objects, (Kind.COURSES, self.course_id, "")):
            pieces.setdefault(owner, []).append(piece)
        for (kind, object_id, prefix), owned in pieces.items():
            self.remember(kind, object_id, f"{PREFIX}{prefix}", encoded(owned))

    def warn(self, code: WarningCode, member: str, message: str) -> None:
        """Warn of something in a member that cannot be mapped."""
        self.warnings.append(ItemWarning(code=code, message=message, place=member))
