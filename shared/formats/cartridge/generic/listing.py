"""What a generic cartridge lists in its manifest: each resource, and the titles under which readers show those with content."""

from __future__ import annotations

from dataclasses import dataclass, field

from shared.formats.imscp.resource import Resource, Resources


@dataclass(slots=True)
class TitledResources:
    """The resources of the package, and the title of each that a reader can open by itself."""

    resources: Resources = field(default_factory=Resources)
    titles: dict[str, str] = field(
        default_factory=dict
    )  # by the identifier of the resource, in the order of the package

    def add(self, resource: Resource, title: str) -> None:
        """List a resource with content."""
        self.resources.add(resource)
        self.titles[resource.identifier] = title
