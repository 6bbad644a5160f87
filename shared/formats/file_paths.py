"""The paths of files and folders: their full names in the course, and their paths in a package."""

from __future__ import annotations

import posixpath
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from shared.domain.content.files import ROOT_FOLDER
from shared.domain.course_content import Ref
from shared.domain.export import ContextType
from shared.domain.kinds import Kind
from shared.formats.invisible import visible
from shared.formats.xml import legal

PLACED = (Kind.FOLDERS, Kind.FILES)  # the kinds whose refs have a place in the tree of files
ROOT_NAMES = tuple(context.root_folder for context in ContextType)
_LONGEST_NAME = 255  # bytes that file systems allow for one name
_SEPARATORS = re.compile(r"[/\\]")


@dataclass(slots=True)
class FilePaths:
    """Paths of files and folders below the root folder: `Week 1/private/a.pdf`; "" is the root folder itself."""

    root_name: str = ROOT_FOLDER
    folders: dict[int, str] = field(default_factory=dict)
    files: dict[int, str] = field(default_factory=dict)
    by_path: dict[str, int] = field(default_factory=dict)  # of files
    _composed: dict[str, int] | None = None

    def file_at(self, path: str) -> int | None:
        """The id of the file at a path, however the accents and invisible characters of the path are written."""
        if path in self.by_path:
            return self.by_path[path]
        if self._composed is None:
            self._composed = {composed(stored_path): file_id for stored_path, file_id in reversed(self.by_path.items())}
        return self._composed.get(composed(visible(path)))

    def full_name(self, folder_id: int) -> str:
        """A folder's name from the root folder on, as REST gives it: `course files/Week 1`."""
        path = self.folders[folder_id]
        return f"{self.root_name}/{path}" if path else self.root_name


def file_paths(refs: Iterable[Ref]) -> FilePaths:
    """The paths of the files and folders among `refs`.

    A file without a folder, or in one that does not exist, lies in the root folder. Where two files have one path, the
    first keeps it and each later one gets a number before its extension; the same refs always give the same paths.
    """
    folders: dict[int, Ref] = {}
    files: list[Ref] = []
    for ref in refs:
        if ref.kind is Kind.FOLDERS:
            folders[ref.id] = ref
        elif ref.kind is Kind.FILES and ref.title:
            files.append(ref)
    paths = FilePaths()
    root = _root(folders)
    if root is not None:
        paths.root_name = root.title
        paths.folders[root.id] = ""
    for folder_id in folders:
        _place_folder(folder_id, folders, paths.folders)
    _place_files(files, paths)
    return paths


def _root(folders: dict[int, Ref]) -> Ref | None:
    """The folder without a parent; of several, the one with a root folder's name."""
    roots = [ref for ref in folders.values() if ref.parent_id is None]
    # Canvas has one root folder for each context; a folder of JSON objects may list several without a parent.
    return next((ref for ref in roots if ref.title in ROOT_NAMES), roots[0] if roots else None)


def _place_folder(folder_id: int, folders: dict[int, Ref], placed: dict[int, str]) -> None:
    """Place a folder, after the folders it lies in. A ring of folders is cut where it closes."""
    # In order, and quick to look into.
    chain: dict[int, None] = {}
    at: int | None = folder_id
    while at is not None and at in folders and at not in placed and at not in chain:
        chain[at] = None
        at = folders[at].parent_id
    path = placed.get(at, "") if at is not None else ""
    for step in reversed(chain):
        path = posixpath.join(path, safe_name(folders[step].title))
        placed[step] = path


def _place_files(files: list[Ref], paths: FilePaths) -> None:
    """Natural paths first, so that a numbered one never takes the path of another file; then the numbered ones."""
    # A folder and a file of one name cannot be in the same place of a file system.
    used = set(paths.folders.values())
    later: list[tuple[Ref, str]] = []
    for ref in files:
        path = posixpath.join(paths.folders.get(ref.parent_id or 0, ""), safe_name(ref.title))
        if path in used:
            later.append((ref, path))
        else:
            _keep(paths, used, ref, path)
    numbers: Counter[str] = Counter()
    for ref, path in later:
        _keep(paths, used, ref, _numbered(path, used, numbers))


def _keep(paths: FilePaths, used: set[str], ref: Ref, path: str) -> None:
    used.add(path)
    paths.files[ref.id] = path
    paths.by_path[path] = ref.id


def _numbered(path: str, used: set[str], numbers: Counter[str]) -> str:
    """`a.pdf` -> `a-1.pdf`, or the next number that is free. `numbers` holds the last one given to each path."""
    stem, extension = posixpath.splitext(path)
    while True:
        numbers[path] += 1
        numbered = f"{stem}-{numbers[path]}{extension}"
        if numbered not in used:
            return numbered


def safe_name(name: str) -> str:
    """A name as one step of a path in a package: as `path_step`, and without invisible characters."""
    return path_step(visible(name))


def composed(path: str) -> str:
    """One spelling for letters with marks, which some systems take apart."""
    return unicodedata.normalize("NFC", path)


def folded(name: str) -> str:
    """The form in which names are compared by systems that ignore case and composition."""
    # NFD first: some letters fold to a form that composes otherwise.
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())


def path_step(name: str) -> str:
    """A name as one step of a path: without separators, characters that XML cannot hold, and too many bytes."""
    step = _SEPARATORS.sub("_", legal(name))
    if step in ("", ".", ".."):
        return "_"
    if len(step.encode()) <= _LONGEST_NAME:
        return step
    stem, extension = posixpath.splitext(step)
    # Longer than half, it is no extension but a name with a dot.
    extension = extension if len(extension.encode()) < _LONGEST_NAME // 2 else ""
    # Cut in bytes, since file systems count these; a character that is cut in two is dropped.
    cut = stem.encode()[: _LONGEST_NAME - len(extension.encode())].decode(errors="ignore")
    return f"{cut}{extension}"
