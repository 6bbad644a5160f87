"""zip: its queue, and its build function."""

from __future__ import annotations

from shared.domain.content.course import Course
from shared.domain.export import ExportType
from shared.domain.kinds import Kind
from shared.formats.archive.package import archive
from shared.formats.archive.permissions import Requester
from shared.formats.packing import Packing
from shared.worker.build import Occasion, Plan, Recipe
from shared.worker.loop import run_worker

_FILES_TAB = 11  # Canvas: the id of the Files page in a course's navigation


def build(packing: Packing, occasion: Occasion) -> Plan:
    """The files and folders that whoever asked may take away."""
    reader = Requester(
        now=occasion.now,
        manages_files=occasion.rights.manage_files,
        reads_as_admin=occasion.rights.read_as_admin,
        reads_files=occasion.rights.read_files,
        files_tab_hidden=_hides_files(packing.course.course),
    )
    planned = archive(packing, reader, occasion.context.type.root_folder)
    return Plan(planned.filename, "application/zip", planned.entries)


def _hides_files(course: Course) -> bool:
    return any(tab.get("id") == _FILES_TAB and tab.get("hidden") for tab in course.tab_configuration or ())


RECIPE = Recipe(ExportType.ZIP, build, frozenset({Kind.FILES, Kind.FOLDERS}))

if __name__ == "__main__":
    run_worker(RECIPE)
