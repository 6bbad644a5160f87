"""What a create request asks for, what is stored of it, and which older rows are still read."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from shared.contracts.requests import CreateRequest
from shared.domain.errors import InvalidOption, InvalidSelection
from shared.domain.export import ExportType
from shared.domain.export_settings import ExportSettings
from shared.domain.kinds import Kind
from shared.domain.packages.package_options import Target
from shared.domain.selection import Select

CC, QTI, ZIP = ExportType.COMMON_CARTRIDGE, ExportType.QTI, ExportType.ZIP


def settings_of(export_type: ExportType, **asked: Any) -> ExportSettings:
    return CreateRequest.read(asked).settings(export_type)


def stored_and_read(settings: ExportSettings) -> ExportSettings:
    row = msgspec.json.decode(msgspec.json.encode(msgspec.to_builtins(settings)))
    return msgspec.convert(row, ExportSettings)


@pytest.mark.parametrize(
    ("export_type", "asked", "settings"),
    [
        (CC, {}, ExportSettings()),
        (CC, {"version": "1.3"}, ExportSettings(version="1.3")),
        (
            CC,
            {"version": 1.3, "target": "generic", "include_banks": "1"},
            ExportSettings(version="1.3", target=Target.GENERIC),
        ),
        (ZIP, {"target": "generic"}, ExportSettings()),
        (QTI, {}, ExportSettings()),
        (QTI, {"version": "2.1"}, ExportSettings(version="2.1")),
        (QTI, {"version": 1.2}, ExportSettings()),
        (QTI, {"target": "generic"}, ExportSettings(target=Target.GENERIC)),
        (QTI, {"target": "canvas", "include_banks": "true"}, ExportSettings(include_banks=True)),
        (QTI, {"target": "", "include_banks": "false"}, ExportSettings()),
        (ZIP, {"version": ""}, ExportSettings()),
        (ZIP, {"max_part_size": "5000000"}, ExportSettings(max_part_size=5_000_000)),
        (ZIP, {"max_part_size": "1000000"}, ExportSettings(max_part_size=1_000_000)),
        (ZIP, {"max_part_size": ""}, ExportSettings()),
        (CC, {"max_part_size": 5_000_000}, ExportSettings()),
    ],
)
def test_options_are_stored_and_come_back(
    export_type: ExportType, asked: dict[str, Any], settings: ExportSettings
) -> None:
    read = CreateRequest.read({**asked, "export_type": export_type.value}).settings(export_type)
    assert read == settings
    assert stored_and_read(read) == settings


def test_what_is_the_default_is_not_stored() -> None:
    assert msgspec.to_builtins(settings_of(QTI, version="1.2", target="canvas", include_banks=False)) == {}


@pytest.mark.parametrize("export_type", ExportType)
@pytest.mark.parametrize("target", ["moodle", "GENERIC", 1, ["canvas"], {}, False])
def test_a_target_that_does_not_exist_is_refused(export_type: ExportType, target: Any) -> None:
    with pytest.raises(InvalidOption, match="canvas or generic"):
        settings_of(export_type, target=target)


@pytest.mark.parametrize(
    ("export_type", "version", "sentence"),
    [
        (CC, "3.0", "version of common_cartridge must be 1.1, 1.2 or 1.3"),
        (CC, "2.1", "version of common_cartridge must be 1.1, 1.2 or 1.3"),
        (CC, ["1.3"], "version of common_cartridge must be 1.1, 1.2 or 1.3"),
        (CC, False, "version of common_cartridge must be 1.1, 1.2 or 1.3"),
        (QTI, "9.9", "version of qti must be 1.2, 2.1 or 3.0"),
        (QTI, 1.3, "version of qti must be 1.2, 2.1 or 3.0"),
        (ZIP, "1.1", "version of zip means nothing: leave it out"),
    ],
)
def test_a_version_that_the_type_does_not_have_is_refused_with_those_that_it_has(
    export_type: ExportType, version: Any, sentence: str
) -> None:
    with pytest.raises(InvalidOption, match=sentence):
        settings_of(export_type, version=version)


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_cartridge_of_version_1_2_or_1_3_may_be_thin(version: str) -> None:
    assert settings_of(CC, version=version, thin="true").thin
    assert not settings_of(CC, version=version, thin="0").thin
    assert not settings_of(QTI, thin="true").thin


@pytest.mark.parametrize("version", [None, "1.1"])
def test_a_thin_cartridge_of_version_1_1_is_refused(version: str | None) -> None:
    with pytest.raises(InvalidOption, match="there is no thin cartridge"):
        settings_of(CC, version=version, thin=True)


@pytest.mark.parametrize("size", [0, 999_999, "1e7", "-1", "٥" * 8, "9" * 19, True, [5_000_000], {}])
def test_a_size_of_parts_that_is_invalid_is_refused(size: Any) -> None:
    with pytest.raises(InvalidOption, match="whole number of bytes"):
        settings_of(ZIP, max_part_size=size)


SELECT = {"pages": ["5", 6], "all_quizzes": "true", "no_such_kind": [["x"]], "files": {"attachment_7": "1"}}


def test_a_selection_is_stored_as_it_was_sent_and_read_once_into_kinds_and_ids() -> None:
    settings = settings_of(CC, select=SELECT)
    assert msgspec.to_builtins(settings) == {"select": SELECT}
    meaning = Select(
        everything=False,
        flags=frozenset({"all_quizzes"}),
        chosen={Kind.PAGES: {5: True, 6: True}, Kind.FILES: {7: True}},
        unknown=("no_such_kind",),
    )
    assert settings.selected == stored_and_read(settings).selected == meaning
    assert settings.selected is settings.selected


@pytest.mark.parametrize("select", [None, {}])
def test_without_a_selection_everything_is_selected_and_nothing_is_stored(select: Any) -> None:
    settings = settings_of(CC, select=select)
    assert settings.selected == Select(everything=True)
    assert msgspec.to_builtins(settings) == {}


@pytest.mark.parametrize("select", ["", "pages", [], ["pages"], 0, 5, {"pages": [["5"]]}])
def test_a_selection_of_no_documented_shape_is_refused(select: Any) -> None:
    with pytest.raises(InvalidSelection):
        settings_of(CC, select=select)


def test_a_row_of_an_earlier_version_is_read_and_its_unknown_fields_are_ignored() -> None:
    row = {
        "select": {"pages": [5]},
        "user_time_zone": "Europe/Paris",
        "target": "generic",
        "version": "2.1",
        "include_banks": True,
        "skip_notifications": True,
        "retry_of": 4,
    }
    settings = msgspec.convert(row, ExportSettings)
    assert settings == ExportSettings(
        select={"pages": [5]},
        target=Target.GENERIC,
        version="2.1",
        include_banks=True,
        skip_notifications=True,
        retry_of=4,
    )


def test_fields_of_a_request_that_nobody_knows_are_ignored() -> None:
    asked = CreateRequest.read({"export_type": "zip", "as_user_id": "4", "colour": {"deep": [1]}, "dry_run": "on"})
    assert asked.settings(ZIP) == ExportSettings()
    assert asked.is_dry_run


@pytest.mark.parametrize("export_type", list(ExportType))
def test_a_package_of_any_type_has_a_page_to_read_where_that_is_asked_for(export_type: ExportType) -> None:
    assert settings_of(export_type, include_index="yes").include_index
    assert not settings_of(export_type, include_index="0").include_index
    assert msgspec.to_builtins(settings_of(export_type)) == {}
