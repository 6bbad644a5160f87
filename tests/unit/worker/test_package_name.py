"""The file names of packages: what they are of, and no two alike."""

from __future__ import annotations

from datetime import date

import pytest

from shared.domain.content.course import Course
from shared.formats.packing import PackageRequest, Packing
from shared.worker.export_builder import package_name
from tests.support.formats import a_packing


def a_packing_of(name: str, export_id: int = 17) -> Packing:
    packing = a_packing(course=Course(id=110, name=name))
    packing.request = PackageRequest(export_id=export_id, export_type="common_cartridge", date=date(2026, 1, 31))
    return packing


@pytest.mark.parametrize(
    ("course", "name"),
    [
        ("Biology 101", "biology-101-export-2026-01-31-17.imscc"),
        ("Мой курс: ガイド ที่นี่", "мой-курс-ガイド-ที่นี่-export-2026-01-31-17.imscc"),
        ("???", "110-export-2026-01-31-17.imscc"),
    ],
)
def test_a_package_is_named_after_its_course_its_day_and_its_export(course: str, name: str) -> None:
    assert package_name(a_packing_of(course), "export.imscc") == name


def test_two_exports_of_a_course_have_two_names() -> None:
    names = {package_name(a_packing_of("Biology", export_id), "export.imscc") for export_id in (1, 2)}
    assert len(names) == 2


def test_a_plan_names_its_package_without_an_id() -> None:
    assert package_name(a_packing_of("Biology", 0), "quiz-export.zip") == "biology-quiz-export-2026-01-31.zip"


def test_the_name_of_a_package_fits_a_file_system_in_every_alphabet() -> None:
    for course in ("ที่นี่" * 60, "a" * 300, "語" * 200):
        name = package_name(a_packing_of(course), "export.imscc")
        assert len(name.encode()) <= 240
        assert name.endswith("-export-2026-01-31-17.imscc")
