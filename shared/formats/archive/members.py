"""Turns entries into members of a zip: checks paths, reads bytes, deflates small members ahead in a few threads."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
from itertools import chain

from shared.domain.errors import DamagedFile, DuplicatePath, ExportError, Fenced, ObjectMissing, UnsafePath
from shared.domain.stored_file import StoredFile
from shared.formats.archive.batches import Batches
from shared.formats.archive.bodies import (
    HELD,
    HELD_TEXT,
    Checksums,
    MemberBody,
    OpenFile,
    body_of,
    body_of_file,
    checked,
)
from shared.formats.archive.member_paths import check_path
from shared.formats.archive.streams import Piece, deflated_pieces, stored_pieces
from shared.formats.archive.zip_records import STORED
from shared.formats.entry import Entry, GeneratedEntry, Origin

ITEM_FAULTS = (DamagedFile, ObjectMissing, DuplicatePath, UnsafePath)  # cost one member, not the export
# How far reading is ahead of writing: enough that a thread which the machine holds up holds up no other.
_AHEAD = 1024  # members
_AHEAD_BYTES = 16 * 1024 * 1024  # of the source


def refuse(entry: Entry, fault: ExportError) -> None:
    """Let the fault of a member end the package."""
    raise fault


@dataclass(frozen=True, slots=True)
class Hooks:
    """The callbacks of a package that is written; the writing thread calls them."""

    progress: Callable[[int, int], object] = lambda _bytes, _members: None  # done so far: source bytes, members
    should_stop: Callable[[], bool] = lambda: False  # called at least once a member and once a chunk
    fault: Callable[[Entry, ExportError], None] = refuse  # returns to leave the entry out, raises to end the package

    def go_on(self) -> None:
        """Raise Fenced if the writing should stop."""
        if self.should_stop():
            raise Fenced("The export was cancelled, or another attempt has taken it over.")


@dataclass(frozen=True, slots=True)
class WholeMember:
    """A member whose bytes are in memory, or will be once `body` returns."""

    path: str
    size: int  # source bytes
    body: Callable[[], MemberBody]
    origin: Origin


@dataclass(frozen=True, slots=True)
class StreamedMember:
    """A member that is too large for memory. Its first chunk has been read: the bytes are there."""

    path: str
    file: StoredFile
    pieces: Iterator[Piece]  # deflated where the file is compressible
    origin: Origin


@dataclass(frozen=True, slots=True)
class GeneratedMember:
    """A member whose bytes are generated while it is written; `pieces` are deflated, and begin when they are first asked for."""

    path: str
    pieces: Iterator[Piece]
    checksums: Checksums  # of the source bytes so far


ZipMember = WholeMember | StreamedMember | GeneratedMember


@dataclass(slots=True)
class MemberQueue:
    """The members of a zip, in the order of the entries."""

    open_file: OpenFile
    hooks: Hooks
    pool: Executor  # deflates
    left_out: frozenset[str]  # sha256 of files that are known to be damaged
    by_sha256: bool = False  # whether the SHA-256 of files is checked too
    _paths: set[str] = field(default_factory=set)
    _batches: Batches = field(init=False)

    def __post_init__(self) -> None:
        """Open the first batch."""
        self._batches = Batches(self.pool)

    def ready(self, entries: Iterable[Entry | GeneratedEntry]) -> Iterator[ZipMember]:
        """The members; while one is written, the next are read and compressed. Entries with a fault are left out."""
        waiting: deque[WholeMember] = deque()
        held = 0
        for entry in entries:
            self.hooks.go_on()
            member = self._generated(entry) if isinstance(entry, GeneratedEntry) else self._member(entry)
            if isinstance(member, WholeMember):
                waiting.append(member)
                held += member.size
            streams = isinstance(member, (StreamedMember, GeneratedMember))
            while waiting and (len(waiting) > _AHEAD or held > _AHEAD_BYTES or streams):
                held -= waiting[0].size
                yield waiting.popleft()
            if isinstance(member, (StreamedMember, GeneratedMember)):
                yield member
        yield from waiting

    def _member(self, entry: Entry) -> WholeMember | StreamedMember | None:
        try:
            check_path(entry.path, self._paths)
            member = self._of_bytes(entry, entry.body) if isinstance(entry.body, bytes) else self._of_file(entry)
        except ITEM_FAULTS as fault:
            self.hooks.fault(entry, fault)
            return None
        self._paths.add(entry.path)
        return member

    def _generated(self, entry: GeneratedEntry) -> GeneratedMember:
        check_path(entry.path, self._paths)  # this service chose the path: a fault of it ends the package
        self._paths.add(entry.path)
        checksums = Checksums()
        return GeneratedMember(entry.path, deflated_pieces(checksums.of(entry.chunks()), self.pool), checksums)

    def _of_bytes(self, entry: Entry, data: bytes) -> WholeMember:
        return WholeMember(entry.path, len(data), self._batches.add(partial(body_of, data), len(data)), entry.origin)

    def _of_file(self, entry: Entry) -> WholeMember | StreamedMember:
        file = entry.body
        assert isinstance(file, StoredFile)
        if file.sha256 in self.left_out:
            reason = f"The stored bytes of {entry.path} are damaged: their checksum is not the one recorded."
            raise DamagedFile(reason, item=entry.path, sha256=file.sha256)
        chunks = checked(file, self.open_file(file), entry.path, by_sha256=self.by_sha256)
        if file.size > (HELD_TEXT if file.compressible else HELD):
            # Reading the first chunk shows whether the bytes exist, while the member can still be left out.
            begun = chain([next(chunks)], chunks)
            pieces = deflated_pieces(begun, self.pool) if file.compressible else stored_pieces(begun)
            return StreamedMember(entry.path, file, pieces, entry.origin)
        whole = list(chunks)
        if file.compressible:
            body = self._batches.add(partial(body_of_file, file, whole), file.size)
        else:
            body = partial(MemberBody, STORED, file.crc32, file.size, whole)
        return WholeMember(entry.path, file.size, body, entry.origin)
