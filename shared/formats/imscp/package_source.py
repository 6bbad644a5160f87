"""A package that is read: its members and its manifest, for the readers of each kind of content."""

from __future__ import annotations

from dataclasses import dataclass, field

from shared.formats import xml
from shared.formats.importing import Importing
from shared.formats.imscp.hrefs import Hrefs
from shared.formats.imscp.package_reader import MANIFEST, PackageReader
from shared.formats.imscp.resource import Resource

WEB_RESOURCES = "web_resources"  # the folder of course files
SETTINGS = "course_settings/"  # the folder of Canvas's own documents
MARKER = f"{SETTINGS}canvas_export.txt"  # by which Canvas recognises a package of its own
EXTERNAL_CONTENT = "external_content/"  # JSON of services beside Canvas, which no resource lists
WHOLE_QUIZZES = "non_cc_assessments/"  # Canvas's folder of quizzes with all that it states


@dataclass(frozen=True, slots=True)
class OrganizationItem:
    """An `<item>` of the organization, with the items inside it."""

    identifier: str | None
    identifierref: str | None
    title: str
    items: tuple[OrganizationItem, ...] = ()
    visible: bool = True


@dataclass(frozen=True, slots=True)
class PackageManifest:
    """`imsmanifest.xml`, read. `resources` keep their order; paths are relative to the manifest's folder."""

    identifier: str | None
    schema: str
    schemaversion: str
    title: str
    resources: dict[str, Resource] = field(default_factory=dict)
    items: tuple[OrganizationItem, ...] = ()
    rights: str | None = None
    language: str | None = None
    # By identifier, the documents that resources hold themselves (Thin Common Cartridge).
    inline: dict[str, xml.Element] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PackageSource:
    """A package while it is read. `used` collects the members that some reader has read."""

    package: PackageReader
    manifest: PackageManifest
    used: set[str] = field(default_factory=set)
    # By the marker, or by the settings document that packages from before the marker have (Canvas's importer).
    is_canvas: bool = field(init=False)
    hrefs: Hrefs = field(init=False)
    stand_ins: dict[str, list[str]] = field(
        init=False
    )  # identifier -> files of the resources that are fallbacks for it

    def __post_init__(self) -> None:
        """Compute once what many readers need."""
        resources = self.manifest.resources.values()
        marked = any(resource.href == MARKER for resource in resources)
        object.__setattr__(self, "is_canvas", marked or f"{SETTINGS}course_settings.xml" in self.package)
        object.__setattr__(self, "hrefs", Hrefs(self.package.names))
        stand_ins: dict[str, list[str]] = {}
        for resource in resources:
            if resource.variant_of:
                stand_ins.setdefault(resource.variant_of, []).extend(resource.files)
        object.__setattr__(self, "stand_ins", stand_ins)

    @property
    def syllabus(self) -> Resource | None:
        """The first resource that another tool than Canvas means as the syllabus (Common Cartridge, intendeduse)."""
        syllabuses = (
            r for r in self.manifest.resources.values() if (r.intendeduse or "").strip().lower() == "syllabus"
        )
        return next((r for r in syllabuses if not self.is_canvas and any(m in self.package for m in r.members)), None)

    def document(self, resource: Resource, importing: Importing) -> tuple[str, xml.Element] | None:
        """(member, root) of a resource that is one XML document; None, with a warning, where it cannot be read."""
        inline = self.manifest.inline.get(resource.identifier)
        if inline is not None:
            return MANIFEST, inline
        for member in resource.members:
            self.used.add(member)
            root = self.package.xml(member, importing)
            if root is not None:
                return member, root
        return None
