"""What every writer of a package works with: the course, the request, identifiers, links, the report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol, TypeVar

from shared.domain.content.modules import Module
from shared.domain.course_content import CourseContent
from shared.domain.errors import DuplicatePath, ExportError, InvalidContent, ObjectMissing
from shared.domain.identifiers import Ids
from shared.domain.kinds import Kind, family
from shared.domain.packages.package_entry import PackedItem, ReportedObject
from shared.domain.packages.package_options import Target
from shared.domain.report import Report
from shared.domain.selection import Selection
from shared.domain.warning_codes import WarningCode
from shared.formats.dangling_references import PARTS, cyclic_prerequisites, dangling_references
from shared.formats.entry import Entry
from shared.formats.file_paths import PLACED, FilePaths, file_paths
from shared.formats.html.media_links import FieldReferences
from shared.formats.identifiers import Keys
from shared.formats.xml_safe_course import DroppedCharacters, XmlSafeCourse

T = TypeVar("T")

# Writes one object. It raises NothingToPack for an object without content, and any other error for a faulty object.
Write = Callable[[Any], Iterable[Entry]]
# Reports an object that is left out: kind, id, title, code and sentence of the warning.
LeaveOut = Callable[[str, int | None, str, WarningCode, str], None]


class NothingToPack(Exception):
    """An object has nothing to pack; has the code and the sentence of the warning."""

    def __init__(self, code: WarningCode, reason: str) -> None:
        """`reason` is the sentence of the warning."""
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

    def references_of(self, html: str, kind: Kind, object_id: int, place: str) -> FieldReferences | None:
        """How references become tokens, for a reader that parses the HTML; None if there are none. Nothing is reported."""
        ...

    def settle(self, selection: Selection) -> None:
        """Set the final selection of the package. Called before the first `export`."""
        ...

    def finish(self) -> None:
        """Add the warnings that are known once everything is written."""
        ...


@dataclass(frozen=True, slots=True)
class PackageRequest:
    """The options of one export. The date is that of the export: no writer reads a clock."""

    export_id: int
    export_type: str  # common_cartridge, qti or zip
    date: date
    version: str = "1.1"  # of the Common Cartridge (1.1, 1.2 or 1.3) or of QTI (1.2, 2.1 or 3.0)
    # Where relative links of the course lead: scheme, host and port.
    host: str = "https://canvas.example.edu"
    target: Target = Target.CANVAS  # of a cartridge or a package of quizzes
    include_banks: bool = False  # whether a package of quizzes holds question banks too
    thin: bool = False  # whether a cartridge has links alone


@dataclass(slots=True)
class Packing:
    """One package being built."""

    course: CourseContent
    request: PackageRequest
    selection: Selection
    keys: Keys
    links: Links
    report: Report = field(default_factory=Report)
    # Paths of entries that could not be written after all.
    lost_members: set[str] = field(default_factory=set)
    _incomplete: set[PackedItem] = field(default_factory=set)  # the objects that have lost an entry
    _modules: list[Module] = field(default_factory=list)  # those that are packed
    _existing: dict[Kind, Ids] = field(default_factory=dict)
    _dropped: DroppedCharacters = field(default_factory=DroppedCharacters)
    _file_paths: FilePaths | None = None

    @property
    def file_paths(self) -> FilePaths:
        """The paths of the course's files and folders, computed at the first access."""
        if self._file_paths is None:
            self._file_paths = file_paths(self.course.refs(*PLACED))
        return self._file_paths

    def key(self, kind: Kind, object_id: int, prefix: str = "") -> str:
        """The identifier of an object in this package."""
        return self.keys.of(kind, object_id, prefix)

    def selected(self, kind: Kind, object_id: int) -> bool:
        """Whether an object is in the package: selected by its id, by its identifier here, or by one that Canvas computes."""
        return self.selection.everything or self.selection.selected(kind, object_id, *self.keys.names(kind, object_id))

    def settle(self, selection: Selection) -> None:
        """Set the final selection; it does not change while the package is written."""
        self.selection = selection
        self.links.settle(selection)

    def included_because(self) -> dict[str, str]:
        """Why each object that was not requested is in the package: `files:5` -> the reason."""
        return {
            f"{kind}:{object_id}": reason
            for (kind, object_id), reason in self.selection.because.items()
            if not self.selection.requested(kind, object_id, *self.keys.names(kind, object_id))
        }

    def make_xml_safe(self) -> None:
        """Drop the characters that XML cannot hold from all texts of the course."""
        self.course = XmlSafeCourse(self.course, self._dropped)
        self._file_paths = None
        self.warn_dropped(Kind.COURSES, self.course.course)

    def warn_dropped(self, kind: Kind, item: ReportedObject) -> None:
        """Warn of characters that an object lost. Only for objects that are written without `packed` and `entries_of`."""
        self._dropped.warn(self.report, kind, item)

    def html(self, kind: Kind, item: Any) -> Any:
        """The object with its HTML fields rewritten for the package."""
        return item.map_html(lambda text, place: self.links.export(text, kind, item.id, place))

    def each(self, kind: Kind, write: Write) -> Iterator[Entry]:
        """The entries of every selected object of a kind, in course order."""
        for item in self.course.each(kind):
            if self.selected(kind, item.id):
                yield from self.entries_of(kind, item, write)

    def entries_of(self, kind: Kind, item: ReportedObject, write: Write) -> Iterator[Entry]:
        """The entries of one object, which is expected and counted."""
        # All entries are built before the first is written: an object that fails halfway leaves nothing in the package.
        yield from _marked(self.packed(kind, item, lambda one: [*write(one)]) or (), kind, item)

    def entries_beside(self, kind: Kind, item: ReportedObject, write: Write) -> Iterator[Entry]:
        """Further entries of an object that has been counted as packed already."""
        entries: list[Entry] = []
        with self._guard(kind, item, skip=self.report.lose, fail=self.report.lose):
            entries = [*write(item)]
        yield from _marked(entries, kind, item)

    def packed(self, kind: Kind, item: ReportedObject, make: Callable[[Any], T]) -> T | None:
        """The result of `make` for one object, which is expected and counted; None, with a warning, if it is left out."""
        self.report.expect(kind)
        with self._guard(kind, item):
            written = make(item)
            self.report.pack(kind)
            self._warn_dangling(kind, item)
            return written
        return None

    def copied(self, kind: Kind, item: ReportedObject, make: Callable[[Any], T]) -> T | None:
        """The result of `make` for a further copy of an object, which is not counted; None, with a warning, if left out."""
        with self._guard(kind, item, skip=self._warn_of, fail=self._warn_of):
            return make(item)
        return None

    def _warn_of(self, kind: str, item_id: int | None, title: str, code: WarningCode, reason: str) -> None:
        self.report.warn(code, reason, kind=kind, item_id=item_id, title=title)

    @contextmanager
    def _guard(
        self, kind: Kind, item: ReportedObject, skip: LeaveOut | None = None, fail: LeaveOut | None = None
    ) -> Iterator[None]:
        """Turn an error of one object into a warning: the object is left out, and the export goes on.

        `skip` and `fail` report an object with nothing to pack and a faulty one. Errors of the system (a store that does
        not answer, a cancelled export) are not caught.
        """
        skip, fail = skip or self.report.skip, fail or self.report.fail
        self.warn_dropped(kind, item)
        try:
            yield
        except NothingToPack as nothing:
            skip(kind, item.id, item.label, nothing.code, str(nothing))
        except InvalidContent as error:
            skip(kind, item.id, item.label, WarningCode.of(error.code), str(error))
        except ObjectMissing as error:
            fail(kind, item.id, item.label, WarningCode.of(error.code), str(error))
        except ExportError:
            raise
        except Exception as error:  # noqa: BLE001  (content of any shape must not end the export of everything else)
            fail(kind, item.id, item.label, WarningCode.NOT_PACKED, f"{type(error).__name__}: {error}")

    def close(self) -> None:
        """Complete the report once everything is written, with the titles of objects that it has by id alone."""
        self.links.finish()
        self._warn_cycles()
        self.report.included_because.update(self.included_because())
        untitled = self.report.untitled()
        if untitled:
            refs = ((str(ref.kind), ref.id, ref.title) for ref in self.course.refs())
            self.report.entitle({(kind, id_): title for kind, id_, title in refs if (kind, id_) in untitled})

    def lose(self, entry: Entry, code: WarningCode, reason: str) -> None:
        """Report an entry that is not in the package: its object is incomplete."""
        item = entry.item
        if item is None:
            self.report.warn(code, reason, place=entry.path)
        elif item in self._incomplete:
            self.report.warn(code, reason, kind=item.kind, item_id=item.id, title=item.title, place=entry.path)
        else:
            self._incomplete.add(item)
            self.report.lose(item.kind, item.id, item.title, code, reason, place=entry.path)

    def lose_entry(self, entry: Entry, error: ExportError) -> None:
        """Report an entry that cannot be written."""
        # The path of a repeated entry is that of the entry before it, which is in the package.
        if not isinstance(error, DuplicatePath):
            self.lost_members.add(entry.path)
        self.lose(entry, WarningCode.of(error.code), str(error))

    def exists(self, kind: Kind, object_id: int) -> bool:
        """Whether the course has an object, selected or not; the ids of a kind are read once."""
        ids = self._existing.get(kind)
        if ids is None:
            ids = self._existing[kind] = Ids()
            for ref in self.course.refs(*_of_family(kind)):
                ids.add(ref.id)
        return object_id in ids

    def _warn_dangling(self, kind: Kind, item: ReportedObject) -> None:
        if isinstance(item, Module):
            self._modules.append(item)
        for each in () if kind in PARTS else dangling_references(kind, item, self.exists):
            self.report.warn(each.code, each.message, kind=kind, item_id=item.id, place=each.place)

    def _warn_cycles(self) -> None:
        for module, each in cyclic_prerequisites(self._modules):
            self.report.warn(each.code, each.message, kind=Kind.MODULES, item_id=module.id, place=each.place)

    def knows(self, kind: Kind, object_id: int) -> bool:
        """Whether the course has an object, or its package of origin referred to it without holding it."""
        return (family(kind), object_id, "") in self.keys.imported or self.course.get(kind, object_id) is not None


def _of_family(kind: Kind) -> tuple[Kind, ...]:
    topics = (Kind.DISCUSSION_TOPICS, Kind.ANNOUNCEMENTS)
    return topics if kind in topics else (kind,)


def is_item_fault(error: Exception) -> bool:
    """Whether an error is a fault of the object that is written, not of the system."""
    return isinstance(error, (InvalidContent, ObjectMissing)) or not isinstance(error, ExportError)


def _marked(entries: Iterable[Entry], kind: Kind, item: ReportedObject) -> Iterator[Entry]:
    """The entries, with the object that they are for."""
    marked = PackedItem.of(kind, item)
    return (Entry(entry.path, entry.body, marked) for entry in entries)
