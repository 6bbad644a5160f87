"""The `zip` export: the files and folders of one course, group or user that its user may take away.

Source: Canvas's zip exporter, for the selection, the permissions and the paths. Canvas may write a file twice, drop an
empty file or give two members one path; this exporter does not. As in Canvas, the zip leaves out what the user may not
see; the report has only its number. The report names each file that could not be packed or has another name in the zip.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from shared.domain.content.files import ROOT_FOLDER, Folder
from shared.domain.errors import NothingSelected
from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats.archive.permissions import RequesterRights
from shared.formats.archive.safe_names import SafeNames, archive_name
from shared.formats.archive.selected_files import PackedFile, SelectedFiles, selected_files
from shared.formats.entry import Entry
from shared.formats.packing import NothingToPack, Packing


@dataclass(frozen=True, slots=True)
class Archive:
    """A zip export before its first byte: its file name, and its entries, a generator."""

    filename: str
    entries: Iterator[Entry]


def archive(packing: Packing, requester: RequesterRights, root_name: str = ROOT_FOLDER) -> Archive:
    """The zip of a selection: its file name and its entries.

    `root_name` is the name of the root folder where the context has none yet. Raises NothingSelected when the
    selection names no folder and no file that exists; one that names only what is not permitted gives an empty zip.
    """
    selected = selected_files(packing.course, packing.selection, requester, root_name)
    if not selected.start_folders and not selected.start_files:
        raise NothingSelected("Nothing that was selected exists: no such folder and no such file.")
    common = selected.common_folder()
    packing.report.exclude(Kind.FOLDERS, selected.excluded_folders)
    packing.report.exclude(Kind.FILES, selected.excluded_files)
    return Archive(
        archive_name(selected.name_giver(requester).name), _Layout(selected, packing, {common.id: ""}).entries()
    )


@dataclass(slots=True)
class _Layout:
    """The paths of folders and files below the common folder, which has the path ""."""

    selected: SelectedFiles
    packing: Packing
    _paths: dict[int, str]  # of folders, each but the common one ending in '/'
    _names: SafeNames = field(default_factory=SafeNames)

    def entries(self) -> Iterator[Entry]:
        """A directory entry for every opened folder, empty ones too, but for the root; then the files."""
        for folder in self.selected.opened.values():
            # Canvas's exporter has no entry for the root folder, whatever is selected.
            if folder is not self.selected.tree.root:
                yield from self.packing.entries_of(Kind.FOLDERS, folder, self._write_folder)
        for file in self.selected.files():
            yield from self.packing.entries_of(Kind.FILES, file, self._write_file)

    def _write_folder(self, folder: Folder) -> Iterator[Entry]:
        yield Entry(self._folder_path(folder), b"")

    def _write_file(self, file: PackedFile) -> Iterator[Entry]:
        if file.stored is None:
            raise NothingToPack(WarningCode.FILE_MISSING, f"The bytes of {file.label} have never been stored.")
        folder = self._folder_path(file.folder)
        path = self._names.place(folder, file.label)
        self._warn_renamed(Kind.FILES, file.id, file.label, folder, path)
        yield Entry(path, file.stored)

    def _folder_path(self, folder: Folder) -> str:
        for step in reversed(self.selected.tree.line(folder)):
            if step.id not in self._paths and (above := self._above(step)) is not None:
                path = self._paths[step.id] = self._names.place_folder(above, step.name)
                self._warn_renamed(Kind.FOLDERS, step.id, step.name, above, path.removesuffix("/"))
        return self._paths[folder.id]

    def _above(self, folder: Folder) -> str | None:
        """The path of the folder that it lies in; None above the common folder, where nothing has a path."""
        line = self.selected.tree.line(folder)
        return self._paths.get(line[1].id) if len(line) > 1 else None

    def _warn_renamed(self, kind: Kind, item_id: int, name: str, folder: str, path: str) -> None:
        """Warn of a file or folder whose path is not its name in its folder."""
        if path == f"{folder}{unicodedata.normalize('NFC', name)}":
            return
        if path.startswith(folder):
            sentence = (
                f"{name!r} has the name {path.removeprefix(folder)!r} in the archive, so that it opens everywhere."
            )
        else:
            sentence = (
                f"The folder {name!r} lies so deep that its path is too long for some systems: it is {path!r} here."
            )
        self.packing.report.warn(WarningCode.RENAMED, sentence, kind=kind, item_id=item_id, title=name, place=path)
