"""Course files: members below `web_resources/`, each with a `webcontent` resource (Canvas, Common Cartridge)."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from shared.domain.content.content_object import Content
from shared.domain.content.files import ROOT_FOLDER, ExternalViewer, File, Folder, UsageRights
from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats.canvas import external_viewers, files_meta, media_tracks
from shared.formats.canvas.files_meta import FilesMeta
from shared.formats.entry import Entry
from shared.formats.file_paths import FilePaths
from shared.formats.identifiers import as_id, hashed
from shared.formats.importing import Importing, MemberFile
from shared.formats.imscp.licenses import LICENSES, PRIVATE
from shared.formats.imscp.package_source import WEB_RESOURCES, PackageSource
from shared.formats.imscp.resource import WEBCONTENT, Resource, ResourceRights, Resources
from shared.formats.invisible import visible
from shared.formats.media_types import media_type
from shared.formats.packing import NothingToPack, Packing

# Pages and settings, which have readers of their own, although pages are `webcontent` as files are.
_OTHER_READERS = ("wiki_content/", "course_settings/")
_SETTINGS = "assignment_settings.xml"
# Ends the type of Canvas's own resources in every version of Common Cartridge, whose names differ at the start.
_ASSOCIATED = "learning-application-resource"
# Begins the type of a quiz. Tools other than Canvas list the pictures of a quiz in its resource.
_QTI = "imsqti"
# Begin the types of other readers.
_TYPES_OF_OTHERS = ("imsdt", "imswl", "imsbasiclti", "assignment", "tool_profile")
# In the resource of a quiz, or in one of Canvas's own, these are documents that other readers take.
_NOT_FILES = (".xml", ".qti")
# Some tools pack the schemas of the manifest, which every reader has.
_SCHEMAS = (".xsd", ".dtd")
# Left in folders by Windows.
_LITTER = ("Thumbs.db", "desktop.ini")
# Canvas joins the lines of a file's rights with a backslash and an n, not with a line break (its
# lib/cc/web_resources.rb).
_LINE = "\\n"


def write(packing: Packing, resources: Resources) -> Iterator[Entry]:
    """The selected files in course order, then captions.

    A file that several resources of its package of origin listed has them again, and is one member.
    A file whose bytes were never stored is skipped. Its resource stays, as in Canvas, but without a `<file>`, so that its
    properties and the links to it survive a load of the package.
    """
    paths = packing.file_paths
    yield from packing.each(Kind.FILES, partial(_file, packing, resources, paths))
    yield from media_tracks.write(packing, resources, WEB_RESOURCES)
    _warn_renamed_folders(packing, resources, paths)


def _warn_renamed_folders(packing: Packing, resources: Resources, paths: FilePaths) -> None:
    """A warning for every folder of packed files with another name in the package; files_meta.xml keeps names of files."""
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
            sentence = f"The folder {folder.name!r} is called {posixpath.basename(path[:-1])!r} in the package."
            packing.report.warn(
                WarningCode.RENAMED, sentence, kind=Kind.FOLDERS, item_id=folder.id, title=folder.name, place=path
            )


def _file(packing: Packing, resources: Resources, paths: FilePaths, file: File) -> Iterator[Entry]:
    path, stored = paths.files.get(file.id), file.stored
    if path is None:
        raise NothingToPack(WarningCode.FILE_UNNAMED, "This file has no name.")
    member = f"{WEB_RESOURCES}/{path}"
    resource = Resource(
        packing.key(Kind.FILES, file.id),
        WEBCONTENT,
        href=member,
        files=(member,) if stored else (),
        # Canvas marks a locked file as one for instructors: readers without files_meta.xml would publish it.
        instructor_only=bool(file.locked),
        rights=_rights(file.usage_rights),
    )
    resources.add(resource)
    for identifier in file.repeated_as or ():
        resources.add(replace(resource, identifier=packing.keys.written(identifier)))
    if stored is None:
        raise NothingToPack(WarningCode.FILE_MISSING, f"The bytes of {path} are not stored.")
    if visible(file.display_name) != file.display_name:
        sentence = f"Invisible characters were left out of the name {file.display_name!r}."
        packing.report.warn(
            WarningCode.RENAMED, sentence, kind=Kind.FILES, item_id=file.id, title=file.display_name, place=member
        )
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
    """Every course file with its folders, and captions; files keep the order in which the manifest lists them.

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
    """Keep members that no reader has taken as course files, if Canvas did not write the package. To be called last.

    A file that no resource lists is kept with a warning; what operating systems and editors leave in folders is not kept.
    """
    if source.is_canvas:
        return
    listed = {path: resource for resource in source.manifest.resources.values() for path in resource.members}
    reading = _Reading(source, importing, FilesMeta(), {})
    for member in source.package.names:
        resource = listed.get(member)
        # A fallback repeats, in simpler form, what another resource holds (Common Cartridge 1.3, variant).
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

    The one that `href` names, else the first, has the identifier of the resource; a quiz keeps its own. A resource of an
    unknown type holds files.
    """
    is_quiz = resource.type.startswith(_QTI)
    is_assignment = any(file.endswith(_SETTINGS) for file in resource.files)
    if resource.variant_of is not None or is_assignment or resource.type.startswith(_TYPES_OF_OTHERS):
        return []
    members = [m for m in resource.members if not m.startswith(_OTHER_READERS)]
    if is_quiz or (resource.type.endswith(_ASSOCIATED) and source.is_canvas):
        members = [m for m in members if not m.endswith(_NOT_FILES)]
    # The member of `href` first; the sort is stable, so that the others keep their order.
    members.sort(key=lambda member: member != resource.href)
    primary = members[:1] if not is_quiz else []
    return [(member, resource.identifier if member in primary else hashed(member)) for member in members]


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
        self._members: dict[str, File] = {}

    def listed(self, member: str, identifier: str, resource: Resource) -> None:
        """Add a file that a resource lists, unless another reader or an earlier resource has added it."""
        if member in self._members:
            # An identifier that is not made from the path is one that other documents may refer to.
            if identifier != hashed(member):
                self._repeat(self._members[member], identifier)
                self._importing.warn(
                    WarningCode.FILE_REPEATED, member, f"{identifier} is the same file again, taken in once."
                )
        elif member not in self._source.used:
            self.add(member, identifier, resource)
            if self._is_meant_otherwise(resource) and identifier == resource.identifier:
                sentence = f"The package means this file to be used as: {resource.intendeduse}. It was taken in as a file alone."
                self._importing.warn(WarningCode.INTENDED_USE_DROPPED, member, sentence)

    def _repeat(self, file: File, identifier: str) -> None:
        """Let a further resource of a file lead to it, and be written again."""
        if file.repeated_as is None:
            file.repeated_as = []
        file.repeated_as.append(identifier if self._source.is_canvas else as_id(identifier))
        self._importing.alias(Kind.FILES, identifier, file.id)

    def _is_meant_otherwise(self, resource: Resource) -> bool:
        """Whether the package states a use of a file that the course has no place for."""
        use = (resource.intendeduse or "").strip().lower()
        return use not in ("", "unspecified") and resource is not self._source.syllabus

    def add(self, member: str, identifier: str, resource: Resource | None) -> None:
        """Add the file of a member."""
        # IMS content packages list web links as files at an address; the organization makes items of them.
        if "://" in member:
            return
        self._source.used.add(member)
        path = member.removeprefix(f"{WEB_RESOURCES}/")
        file = self._file(path, identifier, resource)
        file.external_viewer = self._viewers.pop(member, None)
        self._members[member] = file
        if member in self._source.package:
            file.size = self._source.package.size(member)
            self._importing.files[file.id] = MemberFile(member, file.size)
        # The first file of a path has it: references in HTML name files by their paths.
        self._importing.file_paths.setdefault(path, file.id)
        self._importing.add(Kind.FILES, file)

    def _file(self, path: str, identifier: str, resource: Resource | None) -> File:
        values: dict[str, Any] = dict(self._meta.files.pop(identifier, {}))
        if resource and resource.instructor_only:
            values.setdefault("locked", True)
        if resource and resource.rights:
            values.setdefault("usage_rights", _usage_rights(resource.rights))
        name = posixpath.basename(path)
        # Stated rather than derived, a display name is written again even where it is the same as the name in the path.
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
        """Add the root folder and those that files_meta.xml describes; warn of properties and viewers of unknown files."""
        for path in ("", *sorted(self._meta.folders)):
            self._folder(path)
        for identifier in self._meta.files:
            self._importing.warn(
                WarningCode.FILE_UNKNOWN, files_meta.PATH, f"No file of the package is called {identifier}."
            )
        self._meta.keep_rest(self._importing.carried)
        for member in self._viewers:
            self._importing.warn(
                WarningCode.FILE_UNKNOWN, external_viewers.PATH, f"No file of the package lies at {member}."
            )


def _path_of(folder: Content) -> str:
    """The path of a folder below the root folder."""
    return str(getattr(folder, "full_name", "")).partition("/")[2]


def _usage_rights(rights: ResourceRights) -> UsageRights:
    """Usage rights of a package that states them in its manifest alone: the inverse of `_rights`."""
    *lines, last = rights.description.split(_LINE)
    code = next((code for code, licence in LICENSES.items() if licence.label == last), None)
    legal_copyright = rights.description if code is None else _LINE.join(lines)
    return UsageRights(legal_copyright=legal_copyright or None, license=code or PRIVATE)
