"""What every writer of a package works with: the course, the request, identifiers, links, the report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol, TypeVar

from shared.domain.course_content import CourseContent
from shared.domain.errors import DuplicatePath, ExportError, InvalidContent, ObjectMissing
from shared.domain.kinds import Kind, family
from shared.domain.package_entry import Named, PackedItem
from shared.domain.package_options import Target
from shared.domain.report import Report
from shared.domain.selection import Selection
from shared.domain.warning_codes import WarningCode
from shared.formats.entry import Entry
from shared.formats.identifiers import Keys
from shared.formats.legal_course import Dropped, LegalCourse

T = TypeVar("T")

# What one object becomes. It raises NothingToPack where there is nothing of it, and anything else where it is at fault.
Write = Callable[[Any], Iterable[Entry]]


class NothingToPack(Exception):
    """An object has nothing that could be packed, with the code and the sentence of the warning."""

    def __init__(self, code: WarningCode, reason: str) -> None:
        """Keep both."""
        super().__init__(reason)
        self.code = code


class Links(Protocol):
    """Turns the HTML of the course into the HTML of the package (Canvas: its reference tokens)."""

    def export(self, html: str, kind: Kind, object_id: int, place: str) -> str:
        """References replaced by tokens; every other byte as it was."""
        ...

    def files(self, html: str, kind: Kind, object_id: int, place: str) -> Iterable[int]:
        """The ids of the course files that the HTML names, in order; nothing is reported."""
        ...

    def settle(self, selection: Selection) -> None:
        """Take this as what goes into the package. Called before the first `export`."""
        ...

    def finish(self) -> None:
        """Tell the report what is only known when all is written."""
        ...


@dataclass(frozen=True, slots=True)
class PackageRequest:
    """What was asked for. The date is the export's own: nothing in a writer reads a clock."""

    export_id: int
    export_type: str  # common_cartridge, qti or zip
    date: date
    version: str = "1.1"  # of the Common Cartridge (1.1 or 1.3) or of QTI (1.2 or 2.1)
    host: str = "https://canvas.example.edu"  # where relative links of the course lead: scheme, host and port
    target: Target = Target.CANVAS  # of a package of quizzes
    include_banks: bool = False  # whether a package of quizzes holds question banks too


@dataclass(slots=True)
class Packing:
    """One package being built."""

    course: CourseContent
    request: PackageRequest
    selection: Selection
    keys: Keys
    links: Links
    report: Report = field(default_factory=Report)
    lost_members: set[str] = field(default_factory=set)  # paths of entries that could not be written after all
    _lost: set[PackedItem] = field(default_factory=set)  # the objects that have lost an entry
    _dropped: Dropped = field(default_factory=Dropped)

    def key(self, kind: Kind, object_id: int, prefix: str = "") -> str:
        """The identifier of an object in this package."""
        return self.keys.of(kind, object_id, prefix)

    def selected(self, kind: Kind, object_id: int) -> bool:
        """Whether an object goes in, named by its id, its identifier here or one that Canvas would compute."""
        return self.selection.everything or self.selection.selected(kind, object_id, *self.keys.names(kind, object_id))

    def settle(self, selection: Selection) -> None:
        """From here on, this is what goes into the package: nothing is added while it is written."""
        self.selection = selection
        self.links.settle(selection)

    def included_because(self) -> dict[str, str]:
        """Why each object that nobody asked for is in the package: `files:5` -> the reason."""
        return {
            f"{kind}:{object_id}": reason
            for (kind, object_id), reason in self.selection.because.items()
            if not self.selection.requested(kind, object_id, *self.keys.names(kind, object_id))
        }

    def make_legal(self) -> None:
        """From here on, texts of the course come without what XML cannot hold."""
        self.course = LegalCourse(self.course, self._dropped)
        self.tell_dropped(Kind.COURSES, self.course.course)

    def tell_dropped(self, kind: Kind, item: Named) -> None:
        """Warn of characters that an object lost: for one that is written without a guard of its own."""
        self._dropped.tell(self.report, kind, item)

    def html(self, kind: Kind, item: Any) -> Any:
        """The object with its HTML fields rewritten for the package."""
        return item.map_html(lambda text, place: self.links.export(text, kind, item.id, place))

    def each(self, kind: Kind, write: Write) -> Iterator[Entry]:
        """The entries of every selected object of a kind, in course order."""
        for item in self.course.each(kind):
            if self.selected(kind, item.id):
                yield from self.entries_of(kind, item, write)

    def entries_of(self, kind: Kind, item: Named, write: Write) -> Iterator[Entry]:
        """The entries of one object, which is expected and counted; all of them are made before the first is given."""
        yield from _marked(self.packed(kind, item, lambda one: [*write(one)]) or (), kind, item)

    def entries_beside(self, kind: Kind, item: Named, write: Write) -> Iterator[Entry]:
        """Further entries of an object that has been counted as packed already."""
        made: list[Entry] = []
        with self._guard(kind, item, counted=True):
            made = [*write(item)]
        yield from _marked(made, kind, item)

    def packed(self, kind: Kind, item: Named, make: Callable[[Any], T]) -> T | None:
        """What `make` makes of one object, which is expected and counted; None, with a warning, where it is left out."""
        self.report.expect(kind)
        with self._guard(kind, item):
            made = make(item)
            self.report.pack(kind)
            return made
        return None

    @contextmanager
    def _guard(self, kind: Kind, item: Named, *, counted: bool = False) -> Iterator[None]:
        """One object being written: an error in it is an object left out, with a warning, and the export goes on.

        `counted` says that the object has been counted as packed already. What is wrong with the system and not with
        the object (a store that does not answer, a cancelled export) passes.
        """
        leave_out = self.report.lose if counted else self.report.fail
        self.tell_dropped(kind, item)
        try:
            yield
        except NothingToPack as nothing:
            self.report.skip(kind, item.id, item.label, nothing.code, str(nothing))
        except InvalidContent as error:
            leave_out = self.report.lose if counted else self.report.skip
            leave_out(kind, item.id, item.label, WarningCode.of(error.code), str(error))
        except ObjectMissing as error:
            leave_out(kind, item.id, item.label, WarningCode.of(error.code), str(error))
        except ExportError:
            raise
        except Exception as error:  # noqa: BLE001  (content of any shape must not end the export of everything else)
            leave_out(kind, item.id, item.label, WarningCode.NOT_PACKED, f"{type(error).__name__}: {error}")

    def close(self) -> None:
        """All is written: the report gets what is only known now, and the titles of what it names by id alone."""
        self.links.finish()
        self.report.included_because.update(self.included_because())
        untitled = self.report.untitled()
        if untitled:
            refs = ((str(ref.kind), ref.id, ref.title) for ref in self.course.refs())
            self.report.entitle({(kind, id_): title for kind, id_, title in refs if (kind, id_) in untitled})

    def lose(self, entry: Entry, code: WarningCode, reason: str) -> None:
        """An entry is not in the package: the object that it is for is not whole any more."""
        item = entry.item
        if item is None:
            self.report.warn(code, reason, place=entry.path)
        elif item in self._lost:
            self.report.warn(code, reason, kind=item.kind, item_id=item.id, title=item.title, place=entry.path)
        else:
            self._lost.add(item)
            self.report.lose(item.kind, item.id, item.title, code, reason, place=entry.path)

    def lose_entry(self, entry: Entry, error: ExportError) -> None:
        """An entry cannot be written. Another one may have its path: that one stays."""
        if not isinstance(error, DuplicatePath):
            self.lost_members.add(entry.path)
        self.lose(entry, WarningCode.of(error.code), str(error))

    def knows(self, kind: Kind, object_id: int) -> bool:
        """Whether an id means an object of this course, or one that its package of origin named without holding it."""
        return (family(kind), object_id, "") in self.keys.imported or self.course.get(kind, object_id) is not None


def is_item_fault(error: Exception) -> bool:
    """Whether an error is of the object that is being written; else something is wrong with the system."""
    return isinstance(error, (InvalidContent, ObjectMissing)) or not isinstance(error, ExportError)


def _marked(entries: Iterable[Entry], kind: Kind, item: Named) -> Iterator[Entry]:
    """The entries, with the object that they are for."""
    marked = PackedItem.of(kind, item)
    return (Entry(entry.path, entry.body, marked) for entry in entries)
