"""A package as it is read: what it is, then every reader of its kinds of content, then its links."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto

from shared.domain.content.course import Course
from shared.domain.content.modules import ModuleItem
from shared.domain.content.pages import Page
from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats.canvas import files
from shared.formats.canvas.settings_document import course_of
from shared.formats.cartridge import (
    external_tools,
    lti_resource_links,
    pages,
    read_assignments,
    read_organization,
    read_topics,
    syllabus,
    tool_profiles,
)
from shared.formats.cartridge.settings import (
    assignment_groups,
    blueprint,
    canvas_export,
    context,
    course_paces,
    course_settings,
    events,
    external_content,
    external_feeds,
    grading_standards,
    late_policy,
    lti_context_controls,
    module_meta,
    nav_menu_links,
    read_learning_outcomes,
    rubrics,
)
from shared.formats.dangling_references import REPORTED_BY_READERS, warn_dangling
from shared.formats.html.import_links import rewrite_tokens
from shared.formats.importing import Importing
from shared.formats.imscp import licenses
from shared.formats.imscp.known_by_root import with_quiz_types
from shared.formats.imscp.natives import native_of
from shared.formats.imscp.own_members import own_members
from shared.formats.imscp.package_reader import MANIFEST, PackageReader
from shared.formats.imscp.package_source import PackageSource
from shared.formats.imscp.read_manifest import read_manifest
from shared.formats.odd_fields import read_object
from shared.formats.qti.packages.manifest import course_name
from shared.formats.quizzes import read as qti

Reader = Callable[[PackageSource, Importing], None]


class Flavour(Enum):
    """What a package is, which decides who reads it."""

    CANVAS = auto()  # a cartridge with Canvas's own documents
    COMMON_CARTRIDGE = auto()  # a cartridge of any other tool
    CONTENT_PACKAGE = auto()  # an IMS content package, SCORM among them
    QTI = auto()  # quizzes alone


_WORDS = {
    Flavour.CANVAS: "course export of Canvas, Common Cartridge {version}",
    Flavour.COMMON_CARTRIDGE: "Common Cartridge {version}",
    Flavour.CONTENT_PACKAGE: "IMS content package",
    Flavour.QTI: "package of quizzes",
}
# Each reads what a package has of its kind, in every flavour. Content comes before modules, so that objects without an
# order of their own keep that of the package; files come after the readers whose members are no course files.
_READERS: tuple[Reader, ...] = (
    course_settings.read,
    context.read,
    syllabus.read,
    late_policy.read,
    grading_standards.read,
    external_feeds.read,
    assignment_groups.read,
    pages.read,
    read_assignments.read,
    read_topics.read,
    qti.read,
    external_tools.read,
    lti_resource_links.read,
    tool_profiles.read,
    lti_context_controls.read,
    events.read,
    nav_menu_links.read,
    read_learning_outcomes.read,
    rubrics.read,
    files.read,
    module_meta.read,
    course_paces.read,
    blueprint.read,
    external_content.read,
)


def read(package: PackageReader, importing: Importing) -> Importing:
    """Everything of a package in the content model; what could not be mapped is among the warnings.

    Raises UnreadablePackage where there is no manifest, HostilePackage where a member is not safe.
    """
    source = PackageSource(package, with_quiz_types(package, read_manifest(package, importing)))
    source.used.update((MANIFEST, *own_members(package)))
    flavour = recognise(source)
    importing.package = _described(source, flavour, importing)
    importing.course = Course(id=importing.course_id)
    prefix = "qti_export_" if flavour is Flavour.QTI else "common_cartridge_"
    importing.remember(Kind.COURSES, importing.course_id, prefix, source.manifest.identifier)
    canvas_export.read(source, importing)
    for reader in _READERS:
        reader(source, importing)
    # The organization of a package of quizzes only lists them.
    if flavour is not Flavour.QTI:
        read_organization.read(source, importing)
    files.keep_rest(source, importing)
    _drop_invalid(importing)
    importing.keep_carried()
    if not (source.is_canvas or importing.has_canvas_documents):
        importing.make_identifiers_valid()
    importing.forget_if_taken(prefix)
    _complete_course(source, importing)
    _complete_items(source, importing)
    warn_dangling(importing, Kind.MODULES, Kind.MODULE_ITEMS, Kind.ASSIGNMENT_GROUPS, reported=REPORTED_BY_READERS)
    importing.documents = _documents(source)
    # HTML comes last: a token may name an object that a later reader adds.
    rewrite_tokens(importing)
    _warn_leftovers(source, importing)
    return importing


def recognise(source: PackageSource) -> Flavour:
    """The flavour of a package. Canvas recognises its own by the marker, old ones by their settings document."""
    manifest = source.manifest
    if source.is_canvas:
        return Flavour.CANVAS
    # "IMS Common Cartridge", "IMS Thin Common Cartridge", and the schemas of K-12 profiles.
    if "Common Cartridge" in manifest.schema:
        return Flavour.COMMON_CARTRIDGE
    if any(resource.type.startswith("imsqti") for resource in manifest.resources.values()):
        return Flavour.QTI
    return Flavour.CONTENT_PACKAGE


def _described(source: PackageSource, flavour: Flavour, importing: Importing) -> str:
    """What the package is, in words; a warning for a form that only another system reads."""
    native = None if flavour is Flavour.CANVAS else native_of(source.package, MANIFEST)
    if native is not None:
        importing.warn(WarningCode.NATIVE_PACKAGE, MANIFEST, f"This is a {native.name}. {native.sentence}")
        return native.name
    return _WORDS[flavour].format(version=source.manifest.schemaversion).rstrip()


def _documents(source: PackageSource) -> dict[str, str]:
    """The identifier of the resource of each member, by which other tools link; Canvas links by tokens alone."""
    resources = () if source.is_canvas else source.manifest.resources.values()
    return {file: resource.variant_of or resource.identifier for resource in resources for file in resource.files}


def _drop_invalid(importing: Importing) -> None:
    """Leave out, with a warning, what does not fit its type: the store accepts it, but no export could read it."""
    for kind, items in importing.objects.items():
        whole = []
        for item in items:
            reading = read_object(type(item), item.to_json())
            for fault in reading.faults:
                part = "A field of it" if reading.item else "It"
                sentence = f"{kind} {item.label}: {part} was left out: {fault}"
                importing.warn(WarningCode.INVALID_CONTENT, str(item.migration_id), sentence)
            if reading.item is not None:
                whole.append(item if reading.item == item else reading.item)
        items[:] = whole


def _complete_course(source: PackageSource, importing: Importing) -> None:
    """Set the name and licence that a selective export, or another tool, states in the manifest alone."""
    course, manifest = course_of(importing), source.manifest
    course.name = course_name(course.name or manifest.title) or "Course"
    # Canvas writes "Private (Copyrighted)" for a course without a licence too.
    stated = licenses.code_of(manifest.rights)
    course.license = course.license or (None if stated == licenses.PRIVATE else stated)


def _complete_items(source: PackageSource, importing: Importing) -> None:
    """Set what an item takes from its object: the url of its page, as in REST, and in packages of other tools a title."""
    objects = {(kind, item.id): item for kind, items in importing.objects.items() for item in items}
    for item in importing.all(Kind.MODULE_ITEMS):
        if not isinstance(item, ModuleItem) or item.content_kind is None:
            continue
        content = objects.get((item.content_kind, item.content_id or 0))
        if isinstance(content, Page):
            item.page_url = content.url
        if not source.is_canvas:
            item.title = item.title or (content.label if content else "")


def _warn_leftovers(source: PackageSource, importing: Importing) -> None:
    """A warning for every member that no reader used; none for fallbacks, which repeat another member."""
    repeated = {path for r in source.manifest.resources.values() if r.variant_of for path in r.members}
    for name in source.package.names:
        if name not in source.used and name not in repeated:
            importing.warn(WarningCode.MEMBER_NOT_MAPPED, name, "Nothing of this member was taken in.")
    importing.warnings[:] = dict.fromkeys(importing.warnings)
