"""The manifest of a package, read for what it refers to. Source: IMS Content Packaging 1.1, Common Cartridge 1.1."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote
from xml.parsers import expat

from shared.domain.report import MEMBER
from shared.domain.verification import Finding

MANIFEST = "imsmanifest.xml"
# Members that no resource lists: Canvas finds the first by its path, the second is this service's own report.
UNLISTED = frozenset({MANIFEST, "course_settings/blueprint.xml", MEMBER})
_CHUNK = 256 * 1024  # bytes given to the parser at a time


@dataclass(slots=True)
class Manifest:
    """What a manifest names. Nothing is held of a resource but its identifier and its files."""

    identifiers: set[str] = field(default_factory=set)
    repeated: list[str] = field(default_factory=list)  # identifiers that stand there twice
    resources: set[str] = field(default_factory=set)
    files: dict[str, str] = field(default_factory=dict)  # href of a <file> -> its resource
    strange_hrefs: list[tuple[str, str]] = field(default_factory=list)  # (resource, its href that is no <file> of it)
    wanted: dict[str, list[str]] = field(default_factory=dict)  # a resource that has not been met -> who refers to it
    _resource: str = ""
    _href: str | None = None
    _own: set[str] = field(default_factory=set)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        tag, identifier = name.rpartition(":")[2], attributes.get("identifier")
        if identifier is not None:
            if identifier in self.identifiers:
                self.repeated.append(identifier)
            self.identifiers.add(identifier)
        if tag == "resource":
            self._resource, self._href, self._own = identifier or "", attributes.get("href"), set()
            self.resources.add(self._resource)
            self.wanted.pop(self._resource, None)
        elif tag == "file":
            href = attributes.get("href", "")
            self.files[href] = self._resource
            self._own.add(href)
        reference = attributes.get("identifierref")
        if reference is not None and reference not in self.resources:
            self.wanted.setdefault(reference, []).append(identifier or self._resource)

    def end(self, name: str) -> None:
        """An element ends."""
        if name.rpartition(":")[2] == "resource" and self._own and self._href and self._href not in self._own:
            self.strange_hrefs.append((self._resource, self._href))


def read_manifest(data: bytes) -> Manifest:
    """What the manifest names. Raises expat.ExpatError for what is no XML."""
    manifest, parser = Manifest(), expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = manifest.start, manifest.end
    view = memoryview(data)
    for start in range(0, len(view), _CHUNK):
        parser.Parse(view[start : start + _CHUNK], False)
    parser.Parse(b"", True)
    return manifest


def check_manifest(manifest: Manifest, paths: Collection[str]) -> Iterator[Finding]:
    """Closure: what is listed is there, what is there is listed, references lead to resources, identifiers are unique."""
    for identifier in manifest.repeated:
        message = f"The identifier {identifier} stands twice in the manifest."
        yield Finding(code="identifier_repeated", place=identifier, message=message)
    listed = set()
    for href, resource in manifest.files.items():
        path = href if href in paths else unquote(href)
        listed.add(path)
        if path not in paths:
            message = f"The resource {resource} lists {href}, which is not in the package."
            yield Finding(code="file_missing", place=href, message=message)
    for path in paths:
        if path not in listed and path not in UNLISTED and not path.endswith("/"):
            yield Finding(code="member_unlisted", place=path, message=f"No resource of the manifest lists {path}.")
    for resource, href in manifest.strange_hrefs:
        message = f"The resource {resource} begins at {href}, which is none of its files."
        yield Finding(code="href_strange", place=resource, message=message)
    for reference, referring in manifest.wanted.items():
        for who in referring:
            message = f"{who} refers to the resource {reference}, which the manifest does not have."
            yield Finding(code="reference_dangling", place=who, message=message)
