"""Reads a package as a safe set of members; one that breaks a limit or a rule is refused when it is opened.

Names, sizes and offsets come from the zip's central directory, which cannot be trusted: all are checked when the package
is opened, and each size again while its member is decompressed.
"""

from __future__ import annotations

import copy
import io
import re
import stat
import sys
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from lxml import etree

from shared.domain.errors import HostilePackage, UnreadablePackage
from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.importing import Importing
from shared.formats.imscp.moodle import MOODLE_BACKUP, is_backup, is_tar_backup
from shared.formats.imscp.quiz_roots import HEAD, quiz_type
from shared.formats.limits import Limits
from shared.formats.member_stream import MemberStream
from shared.formats.xml_reading.parse import Parsed, parse
from shared.formats.xml_reading.prolog import declares_entities, is_misdeclared, to_utf8
from shared.formats.zip_entry_count import count_entries

MANIFEST = "imsmanifest.xml"

_CHUNK = 256 * 1024  # bytes decompressed at a time
_LOCAL_HEADER = 30  # bytes of a local file header before the name (APPNOTE 4.3.7)
_UTF8_NAME = 0x800  # general purpose bit 11 (APPNOTE 4.4.4)
_ENCRYPTED = 0x1 | 0x40 | 0x2000  # bits 0, 6 and 13: data, strong encryption, masked directory
# Bytes within which the root of a manifest that comes without a zip must begin.
_MANIFEST_WITHIN = 64 * 1024
_MANIFEST_ROOT = re.compile(rb"<(?:[\w.-]+:)?manifest[\s>]")
_DRIVE = re.compile(r"[A-Za-z]:")


class PackageReader:
    """The members of a zip that holds an `imsmanifest.xml`, by their path relative to the folder it is in.

    A zip of quizzes may lack the manifest: its members have their paths in the zip.
    """

    def __init__(self, archive: zipfile.ZipFile, limits: Limits, root: str = MANIFEST) -> None:
        """Check every entry of the archive. Raises HostilePackage; UnreadablePackage without a `root` document and quizzes.

        `root` is the document whose folder is that of the package; without a name, all members belong to it.
        """
        self._archive = archive
        self._opened = ExitStack()  # the file and the archive that `open` opened
        self._limits = limits
        entries = archive.infolist()
        _check_totals(entries, limits)
        _check_overlap(entries)
        self._members = _unique_files(entries, limits)
        folder = _folder_of(root, self._members)
        if folder is None:
            self._require_quiz(root)
        folder = folder or ""
        self._members = {
            path.removeprefix(folder): info for path, info in self._members.items() if path.startswith(folder)
        }
        self.names: tuple[str, ...] = tuple(self._members)
        listed = (_safe_path(_decoded(info), limits) for info in entries if info.is_dir())
        self.folders = tuple(path.removeprefix(folder) for path in listed if path.startswith(folder))

    @classmethod
    def open(cls, path: str | Path | BinaryIO, limits: Limits | None = None, root: str = MANIFEST) -> Self:
        """Open a zip, or a manifest alone, which is a package that holds nothing else (Thin Common Cartridge).

        Raises UnreadablePackage for anything else, HostilePackage for an unsafe package.
        """
        limits = limits or Limits()
        with ExitStack() as opened:
            stream = opened.enter_context(Path(path).open("rb")) if isinstance(path, (str, Path)) else path
            stream = _zipped(stream, limits)
            # Before zipfile reads the directory: it makes an object of each entry.
            if count_entries(stream, limits.entries) > limits.entries:
                raise HostilePackage(f"The package has more than {limits.entries} entries")
            try:
                archive = opened.enter_context(zipfile.ZipFile(stream))
            except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError) as error:
                sentence = f"This is not a zip that can be read: {error}"
                raise UnreadablePackage(MOODLE_BACKUP if is_tar_backup(stream) else sentence) from error
            reader = cls(archive, limits, root)
            reader._opened = opened.pop_all()
            return reader

    def close(self) -> None:
        """Close the archive."""
        self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __contains__(self, path: object) -> bool:
        return path in self._members

    def size(self, path: str) -> int:
        """The uncompressed size that the directory gives, in bytes. Reading refuses a member of another size."""
        return self._member(path).file_size

    def crc32(self, path: str) -> int:
        """The checksum that the directory gives."""
        return self._member(path).CRC

    def read(self, path: str) -> bytes:
        """A member's bytes, whole. Raises HostilePackage above the size that may be held in memory."""
        if self.size(path) > self._limits.document_bytes:
            raise HostilePackage(f"{path} is larger than {self._limits.document_bytes} bytes", item=path)
        with self.open_member(path) as stream:
            return stream.read()

    def open_member(self, path: str) -> BinaryIO:
        """A member's bytes as a stream, which raises HostilePackage when their number differs from the directory."""
        info = self._member(path)
        endless = copy.copy(info)
        # Zipfile would cut a member off at the size given; MemberStream counts instead.
        endless.file_size = sys.maxsize
        with _zip_faults(path):
            return io.BufferedReader(MemberStream(self._archive.open(endless), path, info.file_size), _CHUNK)

    def check(self, path: str) -> None:
        """Decompress a member and drop its bytes. Raises what reading it would raise, before any byte is kept.

        A stored member is left alone: its size was checked when the package was opened.
        """
        if self._member(path).compress_type != zipfile.ZIP_STORED:
            with self.open_member(path) as stream:
                while stream.read(_CHUNK):
                    pass

    def xml(self, path: str, importing: Importing) -> xml.Element | None:
        """The root of an XML member; None, with a warning, when it is missing or cannot be read.

        In UTF-8, UTF-16 or the encoding of its declaration. Raises HostilePackage for a document that declares entities.
        """
        if path not in self._members:
            importing.warn(WarningCode.MEMBER_MISSING, path, "The package lists this member but does not hold it.")
            return None
        stored = self.read(path)
        data = to_utf8(stored)
        if declares_entities(data):
            raise HostilePackage(f"{path} declares XML entities", item=path)
        # Counted before it is parsed: in memory, each costs some 150 bytes.
        if data.count(b"<") + data.count(b"=") > self._limits.document_nodes:
            raise HostilePackage(f"{path} has more than {self._limits.document_nodes} tags and attributes", item=path)
        parsed = parse(data)
        if parsed.root is not None and xml.is_deeper(parsed.root, self._limits.document_depth):
            raise HostilePackage(f"{path} has elements within {self._limits.document_depth} others", item=path)
        _warn_faults(parsed, path, importing)
        if parsed.root is not None and is_misdeclared(stored, data):
            sentence = "This member is not in the encoding that it declares; it was read as Windows-1252."
            importing.warn(WarningCode.XML_REPAIRED, path, sentence)
        if parsed.root is not None and etree.QName(parsed.root).namespace == xml.CANVAS:
            importing.has_canvas_documents = True
            importing.carry(parsed.root, path)
        return parsed.root

    def head(self, path: str, length: int) -> bytes:
        """The first bytes of a member; none of one that cannot be read."""
        try:
            with self.open_member(path) as stream:
                return stream.read(length)
        except UnreadablePackage:
            return b""

    def _require_quiz(self, root: str) -> None:
        """Refuse a zip without its `root` document, unless it holds quizzes and is no backup, which may hold some too."""
        if is_backup(self._members, self.head):
            raise UnreadablePackage(MOODLE_BACKUP)
        if not self._has_quiz():
            raise UnreadablePackage(f"The package holds no {root}")

    def _has_quiz(self) -> bool:
        """Whether a zip without a manifest holds quizzes, which Canvas takes too."""
        documents = (name for name in self._members if name.lower().endswith((".xml", ".qti")))
        return any(quiz_type(self.head(name, HEAD)) for name in documents)

    def _member(self, path: str) -> zipfile.ZipInfo:
        try:
            return self._members[path]
        except KeyError:
            raise UnreadablePackage(f"The package holds no {path}", item=path) from None


def _warn_faults(parsed: Parsed, path: str, importing: Importing) -> None:
    """Name the faults of a document, and the elements that are lost by them."""
    if parsed.whole and not parsed.sure:
        return
    if parsed.root is None:
        importing.warn(WarningCode.XML_UNREADABLE, path, "This member is not XML; nothing of it was read.")
        return
    faults = _listed(parsed.sure + parsed.guessed) or "the parser skipped what it could not read"
    if parsed.whole:
        importing.warn(WarningCode.XML_REPAIRED, path, f"This member is faulty XML; it was repaired: {faults}.")
        return
    losses = f"lost are elements: {_listed(parsed.lost)}"
    outcome = losses if parsed.lost else "all of its elements were read, some perhaps in a wrong place"
    importing.warn(WarningCode.XML_FAULTY, path, f"This member is faulty XML ({faults}); {outcome}.")


def _listed(counted: Counter[str]) -> str:
    """The five most frequent, each with its number."""
    listed = [f"{name} ({count})" for name, count in counted.most_common(5)]
    return ", ".join(listed) + (", ..." if len(counted) > len(listed) else "")


def _zipped(stream: BinaryIO, limits: Limits) -> BinaryIO:
    """A zip as it is; a manifest alone as a zip with that one member."""
    stream.seek(0)
    start = stream.read(_MANIFEST_WITHIN)
    head = b"" if start.startswith(b"PK") else to_utf8(start).lstrip()
    is_manifest = head.startswith(b"<") and _MANIFEST_ROOT.search(head) and not zipfile.is_zipfile(stream)
    stream.seek(0)
    if not is_manifest:
        return stream
    data = stream.read(limits.document_bytes + 1)
    if len(data) > limits.document_bytes:
        raise HostilePackage(f"The manifest is larger than {limits.document_bytes} bytes", item=MANIFEST)
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(MANIFEST, data)
    return held


def _check_totals(entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    total = sum(info.file_size for info in entries)
    if total > limits.total_bytes:
        raise HostilePackage(f"The package unpacks to {total} bytes; the limit is {limits.total_bytes}")


def _check_overlap(entries: list[zipfile.ZipInfo]) -> None:
    """Refuse members that share bytes of the archive, as in zip bombs without nesting."""
    end = 0
    # A zip without nesting can still be a bomb: many entries that share one block of bytes (D. Fifield, 2019).
    for info in sorted(entries, key=lambda info: info.header_offset):
        if info.header_offset < end:
            raise HostilePackage(f"{info.filename} overlaps another member of the package", item=info.filename)
        end = info.header_offset + _LOCAL_HEADER + info.compress_size


def _unique_files(entries: Iterable[zipfile.ZipInfo], limits: Limits) -> dict[str, zipfile.ZipInfo]:
    """The files by their safe paths, in the order of the directory."""
    files: dict[str, zipfile.ZipInfo] = {}
    for info in entries:
        name = _decoded(info)
        path = _safe_path(name, limits)
        _check_member(info, path, limits)
        # macOS keeps attributes of files there.
        if name.endswith(("/", "\\")) or path.split("/", 1)[0] == "__MACOSX" or not path:
            continue
        first = files.setdefault(path, info)
        if (first.CRC, first.file_size) != (info.CRC, info.file_size):
            raise HostilePackage(f"{path} is in the package twice, with different contents", item=path)
    return files


def _decoded(info: zipfile.ZipInfo) -> str:
    """A name in UTF-8 where it is flagged or valid, else in CP437, the default of the format (APPNOTE, appendix D)."""
    if info.flag_bits & _UTF8_NAME:
        return info.orig_filename
    try:
        # zipfile decodes an unflagged name as CP437; many tools write UTF-8 without the flag.
        return info.orig_filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.orig_filename


def _safe_path(name: str, limits: Limits) -> str:
    """'/'-separated, without empty and '.' steps. Raises HostilePackage for a path out of the package."""
    path = name.replace("\\", "/")
    if len(path) > limits.path_length:
        raise HostilePackage(f"A member's path is longer than {limits.path_length} characters", item=name[:200])
    steps = path.split("/")
    if "\0" in path or path.startswith("/") or _DRIVE.match(path) or ".." in steps:
        raise HostilePackage(f"{name!r} leads out of the package", item=name)
    return "/".join(step for step in steps if step not in ("", "."))


def _check_member(info: zipfile.ZipInfo, path: str, limits: Limits) -> None:
    # The upper half is the Unix mode; 0 where another system wrote the entry.
    mode = stat.S_IFMT(info.external_attr >> 16)
    if mode not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise HostilePackage(f"{path} is a link or a device, not a file", item=path)
    if info.flag_bits & _ENCRYPTED:
        raise HostilePackage(f"{path} is encrypted", item=path)
    if info.compress_type == zipfile.ZIP_STORED and info.compress_size != info.file_size:
        raise HostilePackage(f"{path} is stored, yet its two sizes differ", item=path)
    if info.file_size > limits.ratio_from and info.file_size > limits.ratio * max(1, info.compress_size):
        raise HostilePackage(f"{path} unpacks to more than {limits.ratio} times its size", item=path)


def _folder_of(root: str, files: Iterable[str]) -> str | None:
    """The folder of the outermost document of this name, with its '/'; None without one, empty where there is no name."""
    if not root:
        return ""
    roots = [path for path in files if path.rsplit("/", 1)[-1] == root]
    if not roots:
        return None
    # The outermost one: packages inside of a package have manifests too.
    return min(roots, key=lambda path: path.count("/")).removesuffix(root)


@contextmanager
def _zip_faults(path: str) -> Iterator[None]:
    """Translate errors of the zip reader into UnreadablePackage."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        raise UnreadablePackage(f"{path} cannot be read: {error}", item=path) from error
