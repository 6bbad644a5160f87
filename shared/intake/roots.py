"""What the root folder is called in each type of context: a folder or a package names it as a course does."""

from __future__ import annotations

from shared.domain.content.files import ROOT_FOLDER, Folder
from shared.domain.export import Context
from shared.domain.kinds import Kind
from shared.formats.importing import Importing


def name_root(importing: Importing, context: Context) -> None:
    """Give the root folder, and the full names below it, the name that fits the context."""
    name = context.type.root_folder
    for folder in importing.all(Kind.FOLDERS):
        if not isinstance(folder, Folder):
            continue
        first, slash, rest = (folder.full_name or "").partition("/")
        if first == ROOT_FOLDER:
            folder.full_name = f"{name}{slash}{rest}"
        if folder.parent_folder_id is None and folder.name == ROOT_FOLDER:
            folder.name = name
