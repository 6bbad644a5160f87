"""qti: the build function of its worker."""

from __future__ import annotations

from shared.domain.export import PACKED_KINDS, ExportType
from shared.domain.kinds import Kind
from shared.formats.packing import Packing
from shared.formats.quizzes import package
from shared.worker.export_builder import BuildInputs, ExportBuilder, PackageContents, package_name
from shared.worker.loop import run_worker


def build(packing: Packing, inputs: BuildInputs) -> PackageContents:
    """The quizzes of the course, and the files they refer to."""
    filename = package_name(packing, "quiz-export.zip")
    return PackageContents(filename, "application/zip", package.entries(packing), has_manifest=True)


BUILDER = ExportBuilder(
    ExportType.QTI,
    build,
    kinds=PACKED_KINDS[ExportType.QTI],
    selectable=frozenset({Kind.QUIZZES, Kind.QUESTION_BANKS}),
)

if __name__ == "__main__":
    run_worker(BUILDER)
