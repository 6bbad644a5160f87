"""The files of a folder course: the tree under `files/` joined with the objects of folders.json and files.json."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass, field

from shared.domain.content.files import ROOT_FOLDER, File, Folder
from shared.domain.errors import HostilePackage
from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats.file_paths import ROOT_NAMES, composed, path_step
from shared.formats.folder.folder_members import FolderMembers
from shared.formats.identifiers import hashed
from shared.formats.importing import Importing, MemberFile
from shared.formats.media_types import media_type

TREE = "files/"


def read_files(members: FolderMembers, importing: Importing) -> None:
    """Give every folder and file of the tree an object, and every file object its bytes.

    The path of an object is that of its folder and its display name. A file or folder without an object gets one, with
    an id and an identifier that depend on its path alone. A file object without bytes is left out with a warning.
    Raises HostilePackage for names that lead out of the tree.
    """
    folders = [item for item in importing.all(Kind.FOLDERS) if isinstance(item, Folder)]
    files = [item for item in importing.all(Kind.FILES) if isinstance(item, File)]
    tree = _Tree(importing, {folder.id for folder in folders}, {file.id for file in files})
    tree.name_folders(folders)
    tree.add_folders(path.removeprefix(TREE) for path in members.folders if path.startswith(TREE))
    bodies = {path: MemberFile(path, size) for path, size in members.files.items() if path.startswith(TREE)}
    tree.give_bytes(files, bodies)
    tree.add_files(bodies)


@dataclass(slots=True)
class _Tree:
    """`paths` has the path of each folder object below the root folder, `folders` the id of the one at each path."""

    importing: Importing
    folder_ids: set[int]
    file_ids: set[int]
    paths: dict[int, str] = field(default_factory=dict)
    folders: dict[str, int] = field(default_factory=dict)

    def name_folders(self, listed: list[Folder]) -> None:
        """Compute the path of every folder object. The second of two at one path is left out with a warning."""
        by_id = {folder.id: folder for folder in listed}
        for folder in listed:
            path = self.paths[folder.id] = _path_of(folder, by_id)
            if self.folders.setdefault(path, folder.id) != folder.id:
                self.importing.warn(WarningCode.FOLDER_REPEATED, "folders.json", f"Two folders have the path {path!r}.")
                self.importing.all(Kind.FOLDERS).remove(folder)
        for folder in listed:
            path = self.paths[folder.id]
            folder.parent_folder_id = self._folder_at(posixpath.dirname(path)) if path else None
            name = folder.name if path or folder.name not in ROOT_NAMES else ROOT_FOLDER
            folder.name = name or posixpath.basename(path) or ROOT_FOLDER
            folder.full_name = folder.full_name and posixpath.join(ROOT_FOLDER, path).rstrip("/")

    def add_folders(self, paths: Iterable[str]) -> None:
        """A folder object for every path of the tree, and for the root."""
        for path in ("", *paths):
            self._folder_at(composed(path))

    def _folder_at(self, path: str) -> int:
        if path not in self.folders:
            created = Folder(id=self._new_id(Kind.FOLDERS, path, self.folder_ids), name=posixpath.basename(path))
            self.folders[path], self.paths[created.id] = created.id, path
            created.migration_id = self.importing.identifiers[Kind.FOLDERS, created.id, ""]
            created.name = created.name or ROOT_FOLDER
            created.parent_folder_id = self._folder_at(posixpath.dirname(path)) if path else None
            self.importing.add(Kind.FOLDERS, created)
        return self.folders[path]

    def give_bytes(self, listed: list[File], bodies: dict[str, MemberFile]) -> None:
        """Give each file object its bytes, and remove them from `bodies`."""
        by_path = {composed(body.name): name for name, body in bodies.items()}
        for file in listed:
            # A file object may lie in a folder that is listed twice: the second of them is gone, its path is not.
            folder = self.paths.get(file.folder_id or self.folders[""], "")
            path = posixpath.join(folder, path_step(_safe(file.display_name)))
            body = bodies.pop(by_path.pop(composed(f"{TREE}{path}"), ""), None)
            if body is None:
                self.importing.warn(
                    WarningCode.FILE_MISSING, path, f"files.json names {path}, which is not under {TREE}."
                )
                self.importing.all(Kind.FILES).remove(file)
            else:
                self._keep(file, path, body)

    def add_files(self, bodies: dict[str, MemberFile]) -> None:
        """A file object for every file of the tree that is still in `bodies`."""
        for name, body in bodies.items():
            path = composed(name.removeprefix(TREE))
            created = File(id=self._new_id(Kind.FILES, path, self.file_ids), display_name=posixpath.basename(path))
            created.migration_id = self.importing.identifiers[Kind.FILES, created.id, ""]
            self.importing.add(Kind.FILES, created)
            self._keep(created, path, body)

    def _keep(self, file: File, path: str, body: MemberFile) -> None:
        """Set the fields that follow from the tree; the store sets its own when the bytes are stored."""
        file.folder_id = self._folder_at(posixpath.dirname(path))
        file.filename = file.filename or file.display_name
        file.content_type = file.content_type or media_type(file.display_name)
        # The values of an earlier store say nothing about these bytes.
        file.size, file.sha256, file.crc32, file.compressible = body.size, None, None, None
        self.importing.files[file.id] = body
        self.importing.file_paths[path] = file.id

    def _new_id(self, kind: Kind, path: str, used: set[int]) -> int:
        """The id of this path in an earlier load, else an unused one."""
        identifier = hashed(f"{kind}/{path}")
        created = self.importing.known.get((kind, identifier)) or self.importing.next_id()
        while created in used:
            created = self.importing.next_id()
        used.add(created)
        self.importing.remember(kind, created, "", identifier)
        return created


def _path_of(folder: Folder, by_id: dict[int, Folder]) -> str:
    """A folder's path below the root folder, by its full name, else by the names of its parents."""
    if "/" in (folder.full_name or ""):
        return _safe(str(folder.full_name).split("/", 1)[1])
    names: dict[int, str] = {}  # by id, the innermost first; a ring of folders ends where it closes
    at: Folder | None = folder
    while at is not None and at.id not in names and not _is_root(at):
        names[at.id] = path_step(_safe(at.name))
        at = by_id.get(at.parent_folder_id or 0)
    return "/".join(reversed(names.values()))


def _is_root(folder: Folder) -> bool:
    """Whether it has the name of a root folder; that of a group or a user counts only as the full name of REST."""
    called = (folder.full_name or folder.name) in ("", ROOT_FOLDER) or folder.full_name in ROOT_NAMES
    return called and folder.parent_folder_id is None


def _safe(name: str) -> str:
    """The name, composed. Raises HostilePackage for one that leads upwards."""
    if ".." in name.replace("\\", "/").split("/") or "\0" in name or name.startswith("/"):
        raise HostilePackage(f"{name!r} leads out of the folder", item=name)
    return composed(name)
