"""The folders of one context as a tree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from shared.domain.content.files import Folder
from shared.formats.file_paths import ROOT_NAMES


@dataclass(slots=True)
class FolderTree:
    """The folders below the root folder; a folder in a missing folder is missing too."""

    root: Folder
    _folders: dict[int, Folder]
    _children: dict[int, list[Folder]] = field(default_factory=dict)

    @classmethod
    def of(cls, folders: Iterable[Folder], root_name: str) -> FolderTree:
        """Build the tree; siblings keep the order given.

        The root is the folder without a parent; of several, one with a root folder's name, and the others lie in it.
        Without one, the root has the id 0 and the name `root_name`.
        """
        by_id = {folder.id: folder for folder in folders}
        tops = [folder for folder in by_id.values() if folder.parent_folder_id is None]
        roots = [folder for folder in tops if folder.name in ROOT_NAMES]
        root = next(iter([*roots, *tops]), None) or Folder(id=0, name=root_name)
        tree = cls(root, {root.id: root})
        for folder in by_id.values():
            if folder is not root:
                parent = root.id if folder.parent_folder_id is None else folder.parent_folder_id
                tree._children.setdefault(parent, []).append(folder)
        tree._folders.update((folder.id, folder) for folder in tree._below(root))
        return tree

    def get(self, folder_id: int | None) -> Folder | None:
        """A folder by its id; the root for None."""
        return self.root if folder_id is None else self._folders.get(folder_id)

    def children(self, folder: Folder) -> Sequence[Folder]:
        """The folders in a folder."""
        return self._children.get(folder.id, ())

    def line(self, folder: Folder) -> list[Folder]:
        """The folder, its parent, and so on up to the root."""
        line = [folder]
        while line[-1] is not self.root:
            parent = line[-1].parent_folder_id
            line.append(self.root if parent is None else self._folders[parent])
        return line

    def common(self, folders: Iterable[Folder]) -> Folder:
        """The deepest folder that all of `folders` are or lie in; the root for none."""
        lines = [self.line(folder)[::-1] for folder in folders] or [[self.root]]
        steps: Iterator[tuple[Folder, ...]] = zip(*lines, strict=False)
        shared = [step[0] for step in takewhile(lambda step: all(one is step[0] for one in step), steps)]
        return shared[-1]

    def _below(self, folder: Folder) -> Iterator[Folder]:
        waiting = [folder]
        while waiting:
            for child in self.children(waiting.pop()):
                waiting.append(child)
                yield child
