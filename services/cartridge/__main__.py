"""common_cartridge: the build function of its worker."""

from __future__ import annotations

from shared.domain.export import PACKED_KINDS, ExportType
from shared.formats.cartridge import package
from shared.formats.packing import Packing
from shared.worker.export_builder import BuildInputs, ExportBuilder, PackageContents, package_name
from shared.worker.loop import run_worker

# Registered with IANA, one for each version.
_CONTENT_TYPES = {
    "1.1": "application/vnd.ims.imsccv1p1",
    "1.2": "application/vnd.ims.imsccv1p2",
    "1.3": "application/vnd.ims.imsccv1p3",
}


def build(packing: Packing, inputs: BuildInputs) -> PackageContents:
    """A Common Cartridge of the course."""
    filename = package_name(packing, "export.imscc")
    return PackageContents(
        filename, _CONTENT_TYPES[packing.request.version], package.entries(packing), has_manifest=True
    )


BUILDER = ExportBuilder(ExportType.COMMON_CARTRIDGE, build, kinds=PACKED_KINDS[ExportType.COMMON_CARTRIDGE])

if __name__ == "__main__":
    run_worker(BUILDER)
