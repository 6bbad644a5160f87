"""Which folders and files of a context a zip export holds: what was selected, and what its user may take."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from shared.domain.content.files import File, Folder
from shared.domain.course_content import CourseContent
from shared.domain.kinds import Kind
from shared.domain.selection import Selection
from shared.domain.stored_file import StoredFile
from shared.formats.archive.folder_tree import FolderTree
from shared.formats.archive.reading import Reader, is_listed, may_download, may_open, out_of_time


@dataclass(frozen=True, slots=True)
class PackedFile:
    """What is kept of a file until it is written."""

    id: int
    label: str
    folder: Folder
    stored: StoredFile | None


@dataclass(slots=True)
class SelectedFiles:
    """The start of a zip export, and what was found from there."""

    tree: FolderTree
    start_folders: list[Folder]  # in the order of the selection
    start_files: dict[int, Folder] = field(default_factory=dict)  # that exist, permitted or not -> their folders
    opened: dict[int, Folder] = field(default_factory=dict)  # by id, parents before what lies in them
    excluded_files: int = 0  # that were asked for, and are not for whoever asked
    _asked: set[int] = field(default_factory=set)  # the folders that were selected, and all below them
    _listed: dict[int, list[PackedFile]] = field(default_factory=dict)  # by the id of their folder
    _chosen: dict[int, PackedFile] = field(default_factory=dict)  # selected themselves, and in no opened folder

    def common_folder(self) -> Folder:
        """The folder that the paths of the zip begin at, after which the zip is named.

        The root folder where that is selected; else the deepest one that holds every selected folder and file.
        """
        if any(folder is self.tree.root for folder in self.start_folders):
            return self.tree.root
        parents = [self.tree.line(folder)[1] for folder in self.start_folders]
        return self.tree.common([*parents, *self.start_files.values()])

    def files(self) -> Iterator[PackedFile]:
        """Each file once: those of folders, sub-folders first, then those selected themselves."""
        for folder in self._inside_out():
            yield from self._listed.get(folder.id, ())
        yield from (self._chosen[file_id] for file_id in self.start_files if file_id in self._chosen)

    def open(self, reader: Reader) -> None:
        """Walk the selected folders. One that may not be opened hides all below it."""
        waiting = self.start_folders[::-1]
        while waiting:
            folder = waiting.pop()
            if folder.id not in self._asked:
                self._asked.add(folder.id)
                waiting.extend(reversed(self.tree.children(folder)))
                if may_open(reader, self.tree.line(folder)):
                    self.opened[folder.id] = folder

    @property
    def excluded_folders(self) -> int:
        """How many folders were asked for and may not be opened; the root folder has no place in a zip."""
        return len(self._asked - self.opened.keys() - {self.tree.root.id})

    def offer(self, file: File, folder: Folder, reader: Reader, locked: Collection[int]) -> None:
        """Take a file in if its folder lists it or the selection names it, and its bytes may be had; else count it."""
        named = file.id in self.start_files
        if not named and folder.id not in self._asked:
            return
        listed = folder.id in self.opened and is_listed(reader, file)
        permitted = file.id not in locked and may_download(reader, file, self.tree.line(folder))
        if not permitted or not (listed or named):
            self.excluded_files += 1
            return
        packed = PackedFile(file.id, file.label, folder, file.stored)
        if listed:
            self._listed.setdefault(folder.id, []).append(packed)
        else:
            self._chosen[file.id] = packed

    def _inside_out(self) -> Iterator[Folder]:
        waiting = [(folder, False) for folder in self.start_folders[::-1]]
        entered: set[int] = set()
        while waiting:
            folder, done = waiting.pop()
            if done:
                yield folder
            elif folder.id in self.opened and folder.id not in entered:
                entered.add(folder.id)
                waiting.append((folder, True))
                waiting.extend((child, False) for child in reversed(self.tree.children(folder)))


def selected_files(course: CourseContent, selection: Selection, reader: Reader, root_name: str) -> SelectedFiles:
    """Find what goes into the zip, in one pass over the files. `root_name` is for a context without a root folder."""
    tree = FolderTree.of(course.each(Kind.FOLDERS), root_name)
    start_folders, chosen = _start(selection, tree)
    found = SelectedFiles(tree, start_folders, dict.fromkeys(chosen, tree.root))
    found.open(reader)
    locked = _locked_by_modules(course, reader)
    existing: dict[int, Folder] = {}
    for file in course.each(Kind.FILES):
        folder = tree.get(file.folder_id)
        if folder is not None:
            if file.id in found.start_files:
                existing[file.id] = folder
            found.offer(file, folder, reader, locked)
    found.start_files = {file_id: existing[file_id] for file_id in chosen if file_id in existing}
    return found


def _start(selection: Selection, tree: FolderTree) -> tuple[list[Folder], list[int]]:
    """The selected folders that exist, and the ids of the selected files, both in the order of the selection.

    Canvas selects files and folders by id alone; its `all_folders` means nothing.
    """
    if selection.everything or "all_attachments" in selection.flags:
        return [tree.root], []
    folder_ids, file_ids = (
        [key for key, wanted in selection.chosen.get(kind, {}).items() if wanted and isinstance(key, int)]
        for kind in (Kind.FOLDERS, Kind.FILES)
    )
    found = [tree.get(folder_id) for folder_id in folder_ids]
    return [folder for folder in found if folder is not None], file_ids


def _locked_by_modules(course: CourseContent, reader: Reader) -> set[int]:
    """Files in a module that opens later. Prerequisites lock too in Canvas, but a user's progress is not known here."""
    if reader.sees_all:
        return set()
    later = {module.id for module in course.each(Kind.MODULES) if out_of_time(None, module.unlock_at, reader.now)}
    items = course.each(Kind.MODULE_ITEMS) if later else ()
    return {item.content_id for item in items if item.type == "File" and item.module_id in later and item.content_id}
