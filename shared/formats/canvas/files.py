"""Course files: members below `web_resources/`, each with a `webcontent` resource (Canvas, Common Cartridge)."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from functools import partial
from typing import Any

from shared.domain.content.content_object import Content
from shared.domain.content.files import ROOT_FOLDER, ExternalViewer, File, Folder, UsageRights
from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats.canvas import external_viewers, files_meta, media_tracks
from shared.formats.canvas.files_meta import FilesMeta
from shared.formats.entry import Entry
from shared.formats.file_paths import PLACED, FilePaths, file_paths
from shared.formats.identifiers import hashed
from shared.formats.importing import Importing, MemberFile
from shared.formats.imscp.licenses import LICENSES, PRIVATE
from shared.formats.imscp.package_source import WEB_RESOURCES, PackageSource
from shared.formats.imscp.resource import WEBCONTENT, Resource, ResourceRights, Resources
from shared.formats.media_types import media_type
from shared.formats.packing import NothingToPack, Packing

_OTHER_READERS = ("wiki_content/", "course_settings/")  # folders whose members are no course files
_SETTINGS = "assignment_settings.xml"
_ASSOCIATED = "learning-application-resource"  # ends the type in every version of Common Cartridge
_QTI = "imsqti"  # begins the type of quizzes; tools other than Canvas list their pictures there
_TYPES_OF_OTHERS = ("imsdt", "imswl", "imsbasiclti", "assignment", "tool_profile")  # begin the types of other readers
_NOT_FILES = (".xml", ".qti")  # of a quiz, and of Canvas's own learning application resources
_SCHEMAS = (".xsd", ".dtd")  # of the manifest: they repeat what everybody knows
_LITTER = ("Thumbs.db", "desktop.ini")
_LINE = "\\n"  # Canvas joins the lines of a file's rights with a backslash and an n


def write(packing: Packing, resources: Resources) -> Iterator[Entry]:
    """The selected files in course order, then captions.

    A file whose bytes were never stored is skipped. Its resource stays, as in Canvas, but without a `<file>`: what is
    said of the file, and what leads to it, comes back with the package.
    """
    paths = file_paths(packing.course.refs(*PLACED))
    yield from packing.each(Kind.FILES, partial(_file, packing, resources, paths))
    yield from media_tracks.write(packing, resources, WEB_RESOURCES)
    _tell_folders(packing, resources, paths)


def _tell_folders(packing: Packing, resources: Resources, paths: FilePaths) -> None:
    """A warning for every folder of packed files whose name is no step of a path. Those of files stand in files_meta."""
    renamed = {}
    for folder in packing.course.each(Kind.FOLDERS):
        path = paths.folders.get(folder.id)
        if path and posixpath.basename(path) != folder.name:
            renamed[f"{WEB_RESOURCES}/{path}/"] = folder
    if not renamed:
        return
    for above in {path[: path.rfind("/") + 1] for one in resources for path in one.files}:
        for path in [path for path in renamed if above.startswith(path)]:
            folder = renamed.pop(path)
            told = f"The folder {folder.name!r} is called {posixpath.basename(path[:-1])!r} in the package."
            packing.report.warn(
                WarningCode.RENAMED, told, kind=Kind.FOLDERS, item_id=folder.id, title=folder.name, place=path
            )


def _file(packing: Packing, resources: Resources, paths: FilePaths, file: File) -> Iterator[Entry]:
    path, stored = paths.files.get(file.id), file.stored
    if path is None:
        raise NothingToPack(WarningCode.FILE_UNNAMED, "This file has no name.")
    member = f"{WEB_RESOURCES}/{path}"
    resources.add(
        Resource(
            packing.key(Kind.FILES, file.id),
            WEBCONTENT,
            href=member,
            files=(member,) if stored else (),
            instructor_only=bool(file.locked),
            rights=_rights(file.usage_rights),
        )
    )
    if stored is None:
        raise NothingToPack(WarningCode.FILE_MISSING, f"The bytes of {path} are not stored.")
    yield Entry(member, stored)


def _rights(usage: UsageRights | None) -> ResourceRights | None:
    """Canvas: the copyright line, then the licence's name unless it is private; only public domain is unrestricted."""
    if usage is None:
        return None
    licence = LICENSES.get(usage.license or PRIVATE)
    name = usage.license_name or (licence.label if licence else usage.license)
    lines = [usage.legal_copyright, None if (usage.license or PRIVATE) == PRIVATE else name]
    return ResourceRights(usage.license != "public_domain", _LINE.join(line for line in lines if line))


def read(source: PackageSource, importing: Importing) -> None:
    """Every course file with the folders it lies in, and captions; files keep the order in which they are listed.

    A resource that is listed without its member becomes a file without bytes; a member below `web_resources/` that no
    resource lists becomes a file too, with a warning. To be called after the readers of other kinds.
    """
    media_tracks.read(source, importing)
    reading = _Reading(source, importing, files_meta.read(source, importing), external_viewers.read(source, importing))
    for resource in source.manifest.resources.values():
        for member, identifier in file_members(resource, source):
            reading.listed(member, identifier, resource)
    for member in source.package.names:
        if member.startswith(f"{WEB_RESOURCES}/") and member not in source.used:
            importing.warn(WarningCode.FILE_UNLISTED, member, "The manifest lists no resource for this file.")
            reading.add(member, hashed(member), None)
    reading.finish()


def keep_rest(source: PackageSource, importing: Importing) -> None:
    """Members that no reader has taken, as course files: of a package that Canvas did not write. To be called last.

    What no resource lists is told; what systems and editors leave in folders stays out.
    """
    if source.is_canvas:
        return
    listed = {path: resource for resource in source.manifest.resources.values() for path in resource.members}
    reading = _Reading(source, importing, FilesMeta(), {})
    for member in source.package.names:
        resource = listed.get(member)
        if member in source.used or not is_kept(member, source) or (resource and resource.variant_of):
            continue
        if resource is None:
            importing.warn(WarningCode.FILE_UNLISTED, member, "The manifest lists no resource for this file.")
        reading.add(member, hashed(member), resource)


def is_kept(member: str, source: PackageSource) -> bool:
    """Whether a member that no resource lists becomes a course file."""
    name = posixpath.basename(member)
    if source.is_canvas:
        return member.startswith(f"{WEB_RESOURCES}/")
    return not name.startswith(".") and name not in _LITTER and not name.endswith(_SCHEMAS)


def file_members(resource: Resource, source: PackageSource) -> list[tuple[str, str]]:
    """The members of a resource that are course files, and their identifiers.

    The one that `href` names, else the first, has the identifier of the resource; a quiz keeps its own. A type that
    nobody knows holds files.
    """
    is_quiz = resource.type.startswith(_QTI)
    is_assignment = any(file.endswith(_SETTINGS) for file in resource.files)
    if resource.variant_of is not None or is_assignment or resource.type.startswith(_TYPES_OF_OTHERS):
        return []
    members = [m for m in resource.members if not m.startswith(_OTHER_READERS)]
    if is_quiz or (resource.type.endswith(_ASSOCIATED) and source.is_canvas):
        members = [m for m in members if not m.endswith(_NOT_FILES)]
    members.sort(key=lambda member: member != resource.href)
    named = members[:1] if not is_quiz else []
    return [(member, resource.identifier if member in named else hashed(member)) for member in members]


class _Reading:
    """Files and folders while a package is read."""

    def __init__(
        self, source: PackageSource, importing: Importing, meta: FilesMeta, viewers: dict[str, ExternalViewer]
    ) -> None:
        self._source = source
        self._importing = importing
        self._meta = meta
        self._viewers = viewers
        self._folders = {_path_of(folder): folder.id for folder in importing.all(Kind.FOLDERS)}
        self._members: dict[str, int] = {}  # with the ids of their files

    def listed(self, member: str, identifier: str, resource: Resource) -> None:
        """A file that a resource lists, unless another reader or an earlier resource has taken it in."""
        if member in self._members:
            if identifier != hashed(member):
                self._importing.alias(Kind.FILES, identifier, self._members[member])
                self._importing.warn(
                    WarningCode.FILE_REPEATED, member, f"{identifier} is the same file again, taken in once."
                )
        elif member not in self._source.used:
            self.add(member, identifier, resource)
            if resource.intendeduse and identifier == resource.identifier:
                said = f"The package means this file to be used as: {resource.intendeduse}. It was taken in as a file alone."
                self._importing.warn(WarningCode.INTENDED_USE_DROPPED, member, said)

    def add(self, member: str, identifier: str, resource: Resource | None) -> None:
        """A file, by its member."""
        if "://" in member:  # an address, not a file: a web link
            return
        self._source.used.add(member)
        path = member.removeprefix(f"{WEB_RESOURCES}/")
        file = self._file(path, identifier, resource)
        file.external_viewer = self._viewers.pop(member, None)
        self._members[member] = file.id
        if member in self._source.package:
            file.size = self._source.package.size(member)
            self._importing.files[file.id] = MemberFile(member, file.size)
        self._importing.file_paths.setdefault(path, file.id)
        self._importing.add(Kind.FILES, file)

    def _file(self, path: str, identifier: str, resource: Resource | None) -> File:
        values: dict[str, Any] = dict(self._meta.files.pop(identifier, {}))
        if resource and resource.instructor_only:
            values.setdefault("locked", True)
        if resource and resource.rights:
            values.setdefault("usage_rights", _usage_rights(resource.rights))
        name = posixpath.basename(path)
        named_apart = "display_name" in values or None
        return File(
            id=self._importing.id_of(Kind.FILES, identifier),
            migration_id=identifier,
            position=len(self._importing.all(Kind.FILES)) + 1,
            folder_id=self._folder(posixpath.dirname(path)),
            content_type=media_type(name),
            named_apart=named_apart,
            **{"display_name": name, **values},
        )

    def _folder(self, path: str) -> int:
        """The id of the folder at a path below the root folder, made with those it lies in when it is new."""
        if path in self._folders:
            return self._folders[path]
        parent = self._folder(posixpath.dirname(path)) if path else None
        folder = Folder(
            id=self._importing.id_of(Kind.FOLDERS, f"/{path}"),
            name=posixpath.basename(path) or ROOT_FOLDER,
            full_name=posixpath.join(ROOT_FOLDER, path) if path else ROOT_FOLDER,
            parent_folder_id=parent,
            **self._meta.folders.get(path, {}),
        )
        self._folders[path] = folder.id
        self._importing.add(Kind.FOLDERS, folder)
        return folder.id

    def finish(self) -> None:
        """The root folder, and folders without files that something is said of; then what is said of no file."""
        for path in ("", *sorted(self._meta.folders)):
            self._folder(path)
        for identifier in self._meta.files:
            self._importing.warn(
                WarningCode.FILE_UNKNOWN, files_meta.PATH, f"No file of the package is called {identifier}."
            )
        for member in self._viewers:
            self._importing.warn(
                WarningCode.FILE_UNKNOWN, external_viewers.PATH, f"No file of the package lies at {member}."
            )


def _path_of(folder: Content) -> str:
    """The path of a folder below the root folder."""
    return str(getattr(folder, "full_name", "")).partition("/")[2]


def _usage_rights(rights: ResourceRights) -> UsageRights:
    """Usage rights of a package that tells them in its manifest alone: the lines that Canvas puts there, undone."""
    *lines, last = rights.description.split(_LINE)
    code = next((code for code, licence in LICENSES.items() if licence.label == last), None)
    kept = rights.description if code is None else _LINE.join(lines)
    return UsageRights(legal_copyright=kept or None, license=code or PRIVATE)
