"""`course_settings/files_meta.xml`: what a manifest cannot say of files and folders (Canvas)."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus

from shared.domain.content.files import File, Folder, UsageRights
from shared.domain.kinds import Kind
from shared.formats import xml
from shared.formats.canvas import fields
from shared.formats.carried import Carried
from shared.formats.file_paths import FilePaths
from shared.formats.importing import Importing
from shared.formats.imscp.package_source import PackageSource
from shared.formats.packing import Packing

PATH = "course_settings/files_meta.xml"
_ICON_MAKER = "icon_maker_icons"
_UNCATEGORIZED = "uncategorized"

_ACCESS = (
    fields.flag("locked").if_true,
    fields.flag("hidden").if_true,
    fields.moment("lock_at"),
    fields.moment("unlock_at"),
)
_NAMES = (fields.text("display_name"), fields.text("category"))
_RIGHTS = (fields.text("legal_copyright"), fields.text("license"))


@dataclass(slots=True)
class FilesMeta:
    """The properties of folders by their paths below the root folder, and of files by their identifiers."""

    folders: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    elements: dict[str, xml.Element] = field(default_factory=dict)  # of the files

    def keep_rest(self, carried: Carried) -> None:
        """Keep the elements of the files that are still here when all of the package have taken theirs.

        Canvas passes over a file that its package lacks. The document says the same of it in the next export.
        """
        for identifier in self.files:
            carried.note(self.elements[identifier])


def document(packing: Packing) -> bytes:
    """The document, in every package; without the containers of folders and files where they would be empty.

    Folders are listed when they are hidden or locked, each before what lies in it; in a selective export those alone
    that hold a file of it. Files are listed when the manifest lists them and they have a property that the manifest and
    the path cannot express.
    """
    root = xml.root("fileMeta")
    paths = packing.file_paths
    files = [
        file
        for file in packing.course.each(Kind.FILES)
        if _has_properties(file, paths) and _listed(packing, file, paths)
    ]
    folders = _folders(packing, paths)
    if folders:
        container = xml.add(root, "folders")
        # Containers of parents come first, as in Canvas; comparing step by step keeps "a/b" before "a b".
        for folder in sorted(folders, key=lambda folder: paths.folders[folder.id].split("/")):
            fields.append(xml.add(container, "folder", path=paths.folders[folder.id]), folder, _ACCESS)
    if files:
        container = xml.add(root, "files")
        for file in files:
            _file(xml.add(container, "file", identifier=packing.key(Kind.FILES, file.id)), file, paths)
    return xml.serialize(root)


def _folders(packing: Packing, paths: FilePaths) -> list[Folder]:
    """The folders to be listed. Source: Canvas, which lists none in a selective export and so opens what was closed."""
    listed = [folder for folder in packing.course.each(Kind.FOLDERS) if folder.hidden or folder.locked]
    if packing.selection.everything or not listed:
        return listed
    packed = [paths.files[file.id] for file in packing.course.each(Kind.FILES) if _listed(packing, file, paths)]
    # Every folder above a packed file: each "/" of its path ends the path of one.
    holding = {""} | {path[:end] for path in packed for end, letter in enumerate(path) if letter == "/"}
    return [folder for folder in listed if packed and paths.folders[folder.id] in holding]


def _listed(packing: Packing, file: File, paths: FilePaths) -> bool:
    return file.id in paths.files and packing.selected(Kind.FILES, file.id)


def _has_properties(file: File, paths: FilePaths) -> bool:
    """Whether a file has a property that belongs into the document. Source: Canvas's lib/cc/web_resources.rb."""
    apart = file.hidden or file.locked or file.lock_at or file.unlock_at or file.usage_rights
    return bool(apart) or _named_apart(file, paths) or file.category == _ICON_MAKER


def _named_apart(file: File, paths: FilePaths) -> bool:
    """Whether the display name must be stated: it is not the last step of the path, or differs from the stored name."""
    # Canvas stores names form-encoded, so "a b.pdf" is "a+b.pdf" there: the same name.
    stored = unquote_plus(file.filename or "")
    if file.named_apart or (stored and file.display_name not in (stored, file.filename)):
        return True
    return posixpath.basename(paths.files.get(file.id, "")) != file.display_name


def _file(element: xml.Element, file: File, paths: FilePaths) -> None:
    fields.append(element, file, _ACCESS)
    if _named_apart(file, paths):
        xml.add(element, "display_name", file.display_name)
    xml.add(element, "category", file.category or _UNCATEGORIZED)
    if file.usage_rights is not None:
        rights = xml.add(element, "usage_rights")
        if file.usage_rights.use_justification:
            rights.set("use_justification", xml.text_of(file.usage_rights.use_justification))
        fields.append(rights, file.usage_rights, _RIGHTS)


def read(source: PackageSource, importing: Importing) -> FilesMeta:
    """The properties by the names of the fields of Folder and File; none for a package without the document."""
    meta = FilesMeta()
    root = source.package.xml(PATH, importing) if PATH in source.package else None
    source.used.add(PATH)
    if root is None:
        return meta
    for folder in xml.find_all(root, "folders/folder"):
        meta.folders[(folder.get("path") or "").strip("/")] = fields.read(folder, _ACCESS, importing, PATH)
    for file in xml.find_all(root, "files/file"):
        values = fields.read(file, (*_ACCESS, *_NAMES), importing, PATH, others=("usage_rights",))
        rights = xml.find(file, "usage_rights")
        if rights is not None:
            justification = rights.get("use_justification")
            stated = fields.read(rights, _RIGHTS, importing, PATH)
            values["usage_rights"] = UsageRights(use_justification=justification, **stated)
        identifier = file.get("identifier") or ""
        meta.files[identifier], meta.elements[identifier] = values, file
    return meta
