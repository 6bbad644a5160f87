"""common_cartridge: its queue, and its build function."""

from __future__ import annotations

from shared.domain.export import ExportType
from shared.domain.slugs import slug
from shared.formats.cartridge import package
from shared.formats.packing import Packing
from shared.worker.build import Occasion, Plan, Recipe
from shared.worker.loop import run_worker

# Registered with IANA, one for each version.
_CONTENT_TYPES = {"1.1": "application/vnd.ims.imsccv1p1", "1.3": "application/vnd.ims.imsccv1p3"}


def build(packing: Packing, occasion: Occasion) -> Plan:
    """A Common Cartridge of the course."""
    filename = f"{slug(packing.course.course.name)}-export.imscc"
    return Plan(filename, _CONTENT_TYPES[packing.request.version], package.entries(packing), has_manifest=True)


RECIPE = Recipe(ExportType.COMMON_CARTRIDGE, build)

if __name__ == "__main__":
    run_worker(RECIPE)
