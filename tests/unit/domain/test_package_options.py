"""Which forms of a package can be asked for, and what is written where nothing is said."""

from __future__ import annotations

from typing import Any

import pytest

from shared.domain.errors import InvalidOption
from shared.domain.export import ExportType
from shared.domain.package_options import PackageOptions, Target, options_of, read_options

CC, QTI, ZIP = ExportType.COMMON_CARTRIDGE, ExportType.QTI, ExportType.ZIP


@pytest.mark.parametrize(
    ("export_type", "asked", "options"),
    [
        (CC, {}, PackageOptions("1.1")),
        (CC, {"version": "1.3"}, PackageOptions("1.3")),
        (CC, {"version": 1.3, "target": "generic", "include_banks": "1"}, PackageOptions("1.3")),
        (CC, {"version": "2.1"}, PackageOptions("1.1")),
        (QTI, {}, PackageOptions("1.2")),
        (QTI, {"version": "2.1"}, PackageOptions("2.1")),
        (QTI, {"version": "1.3"}, PackageOptions("1.2")),
        (QTI, {"target": "generic"}, PackageOptions("1.2", Target.GENERIC)),
        (QTI, {"target": "canvas", "include_banks": "true"}, PackageOptions("1.2", include_banks=True)),
        (QTI, {"target": "", "include_banks": "false"}, PackageOptions("1.2")),
        (ZIP, {"version": "1.3"}, PackageOptions("")),
        (ZIP, {"max_part_size": "5000000"}, PackageOptions("", max_part_size=5_000_000)),
        (ZIP, {"max_part_size": ""}, PackageOptions("")),
        (CC, {"max_part_size": 5_000_000}, PackageOptions("1.1")),
    ],
)
def test_options_are_stored_and_come_back(
    export_type: ExportType, asked: dict[str, Any], options: PackageOptions
) -> None:
    assert options_of(read_options(asked, export_type), export_type) == options


def test_what_is_the_default_is_not_stored() -> None:
    assert read_options({"version": "1.2", "target": "canvas", "include_banks": False}, QTI) == {}


@pytest.mark.parametrize("export_type", ExportType)
@pytest.mark.parametrize("target", ["moodle", "GENERIC", 1, ["canvas"], {}, False])
def test_a_target_that_does_not_exist_is_refused(export_type: ExportType, target: Any) -> None:
    with pytest.raises(InvalidOption, match="canvas or generic"):
        read_options({"target": target}, export_type)


@pytest.mark.parametrize("size", [0, 999_999, "1e7", "-1", "٥" * 8, "9" * 19, True, [5_000_000], {}])
def test_a_size_of_parts_that_is_none_is_refused(size: Any) -> None:
    with pytest.raises(InvalidOption, match="whole number of bytes"):
        read_options({"max_part_size": size}, ZIP)
