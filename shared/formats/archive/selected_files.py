"""The folders and files of a zip export: those of the selection that its user may download."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from shared.domain.content.files import File, Folder
from shared.domain.course_content import CourseContent
from shared.domain.kinds import Kind
from shared.domain.selection import Selection
from shared.domain.stored_file import StoredFile
from shared.formats.archive.folder_tree import FolderTree
from shared.formats.archive.permissions import RequesterRights, is_listed, may_download, may_open, out_of_time


@dataclass(frozen=True, slots=True)
class PackedFile:
    """The fields of a file that are kept until it is written."""

    id: int
    label: str
    folder: Folder
    stored: StoredFile | None


@dataclass(slots=True)
class SelectedFiles:
    """The selected folders and files, and everything below them that the requester may download."""

    tree: FolderTree
    start_folders: list[Folder]  # in the order of the selection
    start_files: dict[int, Folder] = field(default_factory=dict)  # that exist, permitted or not -> their folders
    opened: dict[int, Folder] = field(default_factory=dict)  # by id, parents before what lies in them
    excluded_files: int = 0  # selected, but not permitted
    _requested: set[int] = field(default_factory=set)  # the selected folders, and all below them
    _listed: dict[int, list[PackedFile]] = field(default_factory=dict)  # by the id of their folder
    _selected: dict[int, PackedFile] = field(default_factory=dict)  # files selected by id that no opened folder lists

    def common_folder(self) -> Folder:
        """The folder that the paths of the zip begin at.

        The root folder where that is selected; else the deepest one that holds every selected folder and file.
        """
        if any(folder is self.tree.root for folder in self.start_folders):
            return self.tree.root
        # A selected folder is itself in the zip, so that paths begin at its parent.
        parents = [self.tree.line(folder)[1] for folder in self.start_folders]
        return self.tree.common([*parents, *self.start_files.values()])

    def name_giver(self, requester: RequesterRights) -> Folder:
        """The folder that the zip is named after: the common one, or the next above it that the requester may open.

        Canvas names it after the common folder in any case, which reveals the names of locked folders to students.
        """
        line = self.tree.line(self.common_folder())
        return next((folder for folder in line if may_open(requester, self.tree.line(folder))), self.tree.root)

    def files(self) -> Iterator[PackedFile]:
        """Each file once: those of folders, sub-folders first, then those selected themselves."""
        for folder in self._inside_out():
            yield from self._listed.get(folder.id, ())
        yield from (self._selected[file_id] for file_id in self.start_files if file_id in self._selected)

    def open(self, requester: RequesterRights) -> None:
        """Walk the selected folders. One that may not be opened hides all below it."""
        waiting = self.start_folders[::-1]
        while waiting:
            folder = waiting.pop()
            if folder.id not in self._requested:
                self._requested.add(folder.id)
                waiting.extend(reversed(self.tree.children(folder)))
                if may_open(requester, self.tree.line(folder)):
                    self.opened[folder.id] = folder

    @property
    def excluded_folders(self) -> int:
        """The number of selected folders that may not be opened; the root folder has no entry in a zip."""
        return len(self._requested - self.opened.keys() - {self.tree.root.id})

    def offer(self, file: File, folder: Folder, requester: RequesterRights, locked: Collection[int]) -> None:
        """Keep a file that its folder lists or the selection names, if it is permitted; else count it."""
        is_selected = file.id in self.start_files
        if not is_selected and folder.id not in self._requested:
            return
        listed = folder.id in self.opened and is_listed(requester, file)
        permitted = file.id not in locked and may_download(requester, file, self.tree.line(folder))
        if not permitted or not (listed or is_selected):
            self.excluded_files += 1
            return
        packed = PackedFile(file.id, file.label, folder, file.stored)
        if listed:
            self._listed.setdefault(folder.id, []).append(packed)
        else:
            self._selected[file.id] = packed

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


def selected_files(
    course: CourseContent, selection: Selection, requester: RequesterRights, root_name: str
) -> SelectedFiles:
    """The folders and files of the zip, in one pass over the files. `root_name` is for a context without a root folder."""
    tree = FolderTree.of(course.each(Kind.FOLDERS), root_name)
    start_folders, chosen = _start(selection, tree)
    files = SelectedFiles(tree, start_folders, dict.fromkeys(chosen, tree.root))
    files.open(requester)
    locked = _locked_by_modules(course, requester)
    existing: dict[int, Folder] = {}
    for file in course.each(Kind.FILES):
        folder = tree.get(file.folder_id)
        if folder is not None:
            if file.id in files.start_files:
                existing[file.id] = folder
            files.offer(file, folder, requester, locked)
    files.start_files = {file_id: existing[file_id] for file_id in chosen if file_id in existing}
    return files


def _start(selection: Selection, tree: FolderTree) -> tuple[list[Folder], list[int]]:
    """The selected folders that exist, and the ids of the selected files, both in the order of the selection.

    Canvas selects files and folders by id alone; its `all_folders` means nothing.
    """
    if selection.everything or "all_attachments" in selection.flags:
        return [tree.root], []
    folder_ids, file_ids = (
        [key for key, selected in selection.chosen.get(kind, {}).items() if selected and isinstance(key, int)]
        for kind in (Kind.FOLDERS, Kind.FILES)
    )
    files = [tree.get(folder_id) for folder_id in folder_ids]
    return [folder for folder in files if folder is not None], file_ids


def _locked_by_modules(course: CourseContent, requester: RequesterRights) -> set[int]:
    """Files in a module that opens later. Prerequisites lock too in Canvas, but a user's progress is not known here."""
    if requester.sees_all:
        return set()
    later = {module.id for module in course.each(Kind.MODULES) if out_of_time(None, module.unlock_at, requester.now)}
    items = course.each(Kind.MODULE_ITEMS) if later else ()
    return {item.content_id for item in items if item.type == "File" and item.module_id in later and item.content_id}
