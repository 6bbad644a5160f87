"""Names the root folder of a load: packages use its name in a course, groups and users have other names."""

from __future__ import annotations

from shared.domain.content.files import ROOT_FOLDER, Folder
from shared.domain.export import Context
from shared.domain.kinds import Kind
from shared.formats.importing import Importing


def name_root(importing: Importing, context: Context) -> None:
    """Rename the root folder, and change the full names below it, to what the type of the context calls it."""
    name = context.type.root_folder
    for folder in importing.all(Kind.FOLDERS):
        if not isinstance(folder, Folder):
            continue
        first, slash, rest = (folder.full_name or "").partition("/")
        if first == ROOT_FOLDER:
            folder.full_name = f"{name}{slash}{rest}"
        if folder.parent_folder_id is None and folder.name == ROOT_FOLDER:
            folder.name = name
