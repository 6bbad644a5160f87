"""Contexts and exports are named by every id of Canvas, and exports by their URLs."""

from __future__ import annotations

import pytest
import typer

from services.cli.export_name import ContextOptions


@pytest.mark.parametrize(
    ("named", "path"),
    [
        (ContextOptions(course="12"), "/api/v1/courses/12"),
        (ContextOptions(course="sis_course_id:TIDES"), "/api/v1/courses/sis_course_id:TIDES"),
        (ContextOptions(course="hex:sis_course_id:5449"), "/api/v1/courses/hex:sis_course_id:5449"),
        (ContextOptions(group="sis_group_id:a b/c?"), "/api/v1/groups/sis_group_id:a%20b%2Fc%3F"),
        (ContextOptions(user="self"), "/api/v1/users/self"),
    ],
)
def test_a_context_is_named_by_any_id(named: ContextOptions, path: str) -> None:
    assert named.context().path == path
    assert named.export("3").path == f"{path}/content_exports/3"


@pytest.mark.parametrize(
    "named",
    [
        ContextOptions(),
        ContextOptions(course="1", user="2"),
        ContextOptions(course="self"),
        ContextOptions(course="tides"),
        ContextOptions(user="sis_group_id:1"),
    ],
)
def test_no_context_several_and_no_id_are_usage_errors(named: ContextOptions) -> None:
    with pytest.raises(typer.BadParameter):
        named.context()


def test_an_export_is_named_by_its_url_and_what_lies_below_it() -> None:
    url = "https://exports.test:8080/api/v1/courses/sis_course_id:A%20B/content_exports/3"
    for each in (url, f"{url}/report", f"{url}?wait=1"):
        name = ContextOptions().export(each)
        assert (name.path, name.server) == (url.removeprefix("https://exports.test:8080"), "https://exports.test:8080")
    assert name.words == "3 --course 'sis_course_id:A B'"


@pytest.mark.parametrize("word", ["three", "-1", "/api/v1/courses/1/content_exports/2", "https://x.test/courses/1"])
def test_what_names_no_export_is_a_usage_error(word: str) -> None:
    with pytest.raises(typer.BadParameter):
        ContextOptions(course="1").export(word)
