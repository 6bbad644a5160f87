"""The references and identifiers of a manifest, and whether they fit the package.

Source: IMS Content Packaging 1.1, Common Cartridge 1.1.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote
from xml.parsers import expat

from shared.domain.report import MEMBER
from shared.domain.verification import Finding
from shared.formats.cartridge.settings import blueprint
from shared.formats.identifiers import is_id, is_written_id
from shared.formats.imscp.own_members import INDEX
from shared.formats.imscp.package_reader import MANIFEST
from shared.formats.imscp.package_source import EXTERNAL_CONTENT, MARKER, SETTINGS, WHOLE_QUIZZES
from shared.formats.verification import document_rules
from shared.formats.verification.element_rules import ElementCheck

# Begin the types of documents that have rules.
_WITH_RULES = ("imsdt", "imswl", "imsqti")
# Members that only packages for Canvas have.
_OF_CANVAS = (MARKER, WHOLE_QUIZZES)
# Members that no resource lists: Canvas finds the first by its path, the others are this service's own report and page.
UNLISTED = frozenset({MANIFEST, f"{SETTINGS}{blueprint.NAME}", MEMBER, INDEX})


@dataclass(slots=True)
class ManifestReferences:
    """The references of a manifest that its package does not satisfy, collected while the manifest is read."""

    paths: Collection[str]  # the members of the package
    of_canvas: bool = field(init=False)  # whether it has documents of Canvas's own
    identifiers: dict[str, bool] = field(default_factory=dict)  # by identifier, whether a resource has it
    repeated: list[str] = field(default_factory=list)  # identifiers that are in the manifest twice
    missing: list[tuple[str, str]] = field(default_factory=list)  # (resource, href of a <file> that is not a member)
    unlisted: set[str] = field(init=False)  # members without a <file>
    strange_hrefs: list[tuple[str, str]] = field(default_factory=list)  # (resource, its href that no <file> has)
    dangling: list[tuple[str, str]] = field(default_factory=list)  # (referring identifier, one without a resource)
    invalid: list[str] = field(default_factory=list)  # identifiers that are no xs:ID
    # By member, the type of the resource that lists it first: of topics, web links and quizzes alone.
    types: dict[str, str] = field(default_factory=dict)
    elements: ElementCheck = field(default_factory=lambda: ElementCheck(MANIFEST, document_rules.MANIFEST))
    _resource: str = ""
    _type: str = ""
    _href: str | None = None
    _own: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Begin with all members unlisted."""
        self.of_canvas = any(path in self.paths for path in _OF_CANVAS)
        self.unlisted = {path for path in self.paths if path not in UNLISTED and not _is_never_listed(path)}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Handle the start of an element."""
        self.elements.start(name, attributes)
        tag, identifier = name.rpartition(":")[2], attributes.get("identifier")
        if identifier is not None:
            if identifier in self.identifiers:
                self.repeated.append(identifier)
            # Canvas has written identifiers that begin with a digit, by which its importer finds the objects again.
            if not (is_written_id(identifier) if self.of_canvas else is_id(identifier)):
                self.invalid.append(identifier)
            self.identifiers[identifier] = tag == "resource" or self.identifiers.get(identifier, False)
        if tag == "resource":
            self._resource, self._href, self._own = identifier or "", attributes.get("href"), set()
            self._type = attributes.get("type", "")
        elif tag == "file":
            self._file(attributes.get("href", ""))
        reference = attributes.get("identifierref")
        if reference is not None and not self.identifiers.get(reference):
            self.dangling.append((identifier or self._resource, reference))

    def _file(self, href: str) -> None:
        self._own.add(href)
        path = href if href in self.paths else unquote(href)
        self.unlisted.discard(path)
        if self._type.startswith(_WITH_RULES):
            self.types.setdefault(path, self._type)
        if path not in self.paths:
            self.missing.append((self._resource, href))

    def end(self, name: str) -> None:
        """Handle the end of an element."""
        self.elements.end(name)
        tag = name.rpartition(":")[2]
        if tag == "resource" and self._own and self._href and self._href not in self._own:
            self.strange_hrefs.append((self._resource, self._href))
        elif tag == "manifest":
            # References may come before the resource that they name, as in the organization, so they are judged at the
            # end.
            self.dangling = [(who, what) for who, what in self.dangling if not self.identifiers.get(what)]


def _is_never_listed(path: str) -> bool:
    return path.endswith("/") or path.startswith(EXTERNAL_CONTENT)


def read_manifest(pieces: Iterable[bytes], paths: Collection[str]) -> ManifestReferences:
    """The references of the manifest of a package with these members. Raises expat.ExpatError for faulty XML."""
    manifest, parser = ManifestReferences(paths), expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = manifest.start, manifest.end
    for piece in pieces:
        parser.Parse(piece, False)
    parser.Parse(b"", True)
    return manifest


def check_manifest(manifest: ManifestReferences) -> Iterator[Finding]:
    """A finding for each fault of an element, member, reference or identifier."""
    yield from manifest.elements.findings
    for identifier in manifest.invalid:
        message = f"The identifier {identifier} is no name of XML (xs:ID)."
        yield Finding(code="identifier_invalid", place=identifier, message=message)
    for identifier in manifest.repeated:
        message = f"The identifier {identifier} is in the manifest twice."
        yield Finding(code="identifier_repeated", place=identifier, message=message)
    for resource, href in manifest.missing:
        message = f"The resource {resource} lists {href}, which is not in the package."
        yield Finding(code="file_missing", place=href, message=message)
    for path in manifest.paths:
        if path in manifest.unlisted:
            yield Finding(code="member_unlisted", place=path, message=f"No resource of the manifest lists {path}.")
    for resource, href in manifest.strange_hrefs:
        message = f"The resource {resource} begins at {href}, which is not one of its files."
        yield Finding(code="href_strange", place=resource, message=message)
    for who, reference in manifest.dangling:
        message = f"{who} refers to the resource {reference}, which the manifest does not have."
        yield Finding(code="reference_dangling", place=who, message=message)
