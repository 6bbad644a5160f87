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
from shared.formats.file_paths import PLACED, FilePaths, file_paths
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
    """What the document says: values of folders by their path below the root folder, of files by identifier."""

    folders: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)


def document(packing: Packing) -> bytes:
    """The document, always; without its containers where nothing has to be said.

    Folders are listed when they are hidden or locked, each before what lies in it; in a selective export those alone
    that hold a file of it. Files are listed when the manifest lists them and something of them differs from what the
    manifest and the path say.
    """
    root = xml.root("fileMeta")
    paths = file_paths(packing.course.refs(*PLACED))
    files = [file for file in packing.course.each(Kind.FILES) if _told(file, paths) and _listed(packing, file, paths)]
    folders = _folders(packing, paths)
    if folders:
        container = xml.add(root, "folders")
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
    holding = {""} | {path[:end] for path in packed for end, letter in enumerate(path) if letter == "/"}
    return [folder for folder in listed if packed and paths.folders[folder.id] in holding]


def _listed(packing: Packing, file: File, paths: FilePaths) -> bool:
    return file.id in paths.files and packing.selected(Kind.FILES, file.id)


def _told(file: File, paths: FilePaths) -> bool:
    """Whether there is something to say of a file. A folder that is hidden by dates alone says it by itself."""
    apart = file.hidden or file.locked or file.lock_at or file.unlock_at or file.usage_rights
    return bool(apart) or _named_apart(file, paths) or file.category == _ICON_MAKER


def _named_apart(file: File, paths: FilePaths) -> bool:
    """Whether the display name has to be given: the path cannot tell it, or the stored name, form-encoded, is another."""
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
    """The document's values, by the names of the fields of Folder and File; nothing where there is no document."""
    found = FilesMeta()
    root = source.package.xml(PATH, importing) if PATH in source.package else None
    source.used.add(PATH)
    if root is None:
        return found
    for folder in xml.find_all(root, "folders/folder"):
        found.folders[(folder.get("path") or "").strip("/")] = fields.read(folder, _ACCESS, importing, PATH)
    for file in xml.find_all(root, "files/file"):
        values = fields.read(file, (*_ACCESS, *_NAMES), importing, PATH, others=("usage_rights",))
        rights = xml.find(file, "usage_rights")
        if rights is not None:
            justification = rights.get("use_justification")
            told = fields.read(rights, _RIGHTS, importing, PATH)
            values["usage_rights"] = UsageRights(use_justification=justification, **told)
        found.files[file.get("identifier") or ""] = values
    return found
