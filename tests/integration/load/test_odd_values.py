"""Values that JSON, XML or a file system can say, and PostgreSQL cannot take as they are."""

from __future__ import annotations

import json
from pathlib import Path

from tests.integration.load.conftest import Place
from tests.support.cartridges import manifest, resource, zipped

_META = """<modules><module identifier="a"><title>Last</title><position>99999999999</position></module>
<module identifier="b"><title>First</title><position>1</position></module></modules>"""


def test_a_position_beyond_the_column_stands_last(place: Place, tmp_path: Path) -> None:
    listed = resource(
        "c",
        "associatedcontent/imscc_xmlv1p1/learning-application-resource",
        "course_settings/module_meta.xml",
        "course_settings/canvas_export.txt",
        href="course_settings/canvas_export.txt",
    )
    members = {
        "imsmanifest.xml": manifest(listed).replace('<item identifier="root"></item>', ""),
        "course_settings/module_meta.xml": _META,
        "course_settings/canvas_export.txt": "x",
    }
    course = place.loaded(zipped(members, tmp_path / "course.imscc"))["course_id"]
    order = place.query(
        "SELECT body ->> 'name', position FROM content_objects WHERE context_id = $1 AND kind = 'modules' "
        "ORDER BY coalesce(position, 2147483647), id",
        course,
    )
    assert order == [("First", 1), ("Last", None)]


def test_nul_characters_are_dropped_with_a_warning_wherever_they_stand(place: Place, tmp_path: Path) -> None:
    (tmp_path / "course.json").write_text('{"id": 1, "name": "Ti\\u0000des"}')
    page = {"id": 5, "title": "a\0b", "migration_id": "g\0one", "key\0": {"deep": ["\0"]}}
    (tmp_path / "pages.json").write_text(json.dumps([page]))
    loaded = place.loaded(tmp_path)
    assert [w["code"] for w in loaded["warnings"]] == ["character_dropped", "character_dropped"]
    stored = place.objects(loaded["course_id"])["pages", 5]
    assert (stored["title"], stored["key"]) == ("ab", {"deep": [""]})
    names = place.query(
        "SELECT migration_id FROM content_identifiers WHERE context_id = $1 AND id = 5", loaded["course_id"]
    )
    assert names == [("gone",)]


def test_a_document_with_half_a_character_is_reported_and_left_out(place: Place, tmp_path: Path) -> None:
    (tmp_path / "course.json").write_text('{"id": 1, "name": "Tides"}')
    (tmp_path / "pages.json").write_text('[{"id": 5, "title": "\\ud800"}]')
    loaded = place.loaded(tmp_path)
    assert [(w["code"], w["place"]) for w in loaded["warnings"]] == [("json_unreadable", "pages.json")]


def test_a_file_name_that_is_no_text_is_refused(place: Place, tmp_path: Path) -> None:
    (tmp_path / "course.json").write_text('{"id": 1, "name": "Tides"}')
    (tmp_path / "files").mkdir()
    Path(f"{tmp_path}/files/a\udcff.txt").write_text("x")
    result = place.load(tmp_path)
    assert result.exit_code == 1
    assert "not a name in UTF-8" in result.stderr
