"""zip: the build function of its worker."""

from __future__ import annotations

from shared.domain.content.course import Course
from shared.domain.export import PACKED_KINDS, ExportType
from shared.formats.archive.package import archive
from shared.formats.archive.permissions import RequesterRights
from shared.formats.packing import Packing
from shared.worker.export_builder import BuildInputs, ExportBuilder, PackageContents
from shared.worker.loop import run_worker

_FILES_TAB = 11  # Canvas: the id of the Files page in a course's navigation


def build(packing: Packing, inputs: BuildInputs) -> PackageContents:
    """The files and folders that the requester may download."""
    requester = RequesterRights(
        now=inputs.now,
        manages_files=inputs.rights.manage_files,
        reads_as_admin=inputs.rights.read_as_admin,
        reads_files=inputs.rights.read_files,
        files_tab_hidden=_hides_files(packing.course.course),
    )
    package = archive(packing, requester, inputs.context.type.root_folder)
    return PackageContents(package.filename, "application/zip", package.entries)


def _hides_files(course: Course) -> bool:
    return any(tab.get("id") == _FILES_TAB and tab.get("hidden") for tab in course.tab_configuration or ())


_KINDS = PACKED_KINDS[ExportType.ZIP]
BUILDER = ExportBuilder(ExportType.ZIP, build, kinds=_KINDS, selectable=_KINDS)

if __name__ == "__main__":
    run_worker(BUILDER)
