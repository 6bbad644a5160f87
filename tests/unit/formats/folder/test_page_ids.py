"""Pages of a folder without an id of their own."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from shared.domain.content.pages import Page
from shared.domain.kinds import Kind
from shared.formats.folder.read import read
from shared.formats.importing import Importing


def load(folder: Path, *pages: dict[str, Any], known: dict[tuple[Kind, str], int] | None = None) -> Importing:
    (folder / "course.json").write_text(json.dumps({"id": 110, "name": "Case"}))
    (folder / "pages.json").write_text(json.dumps(pages))
    return read(folder, Importing(course_id=110, next_id=count(1).__next__, known=known or {}))


def pages(importing: Importing) -> list[Page]:
    return [page for page in importing.all(Kind.PAGES) if isinstance(page, Page)]


@pytest.mark.parametrize("page", [{"url": "a-b"}, {"title": "A b"}, {"id": None, "page_id": None, "url": "a-b"}])
def test_a_page_without_an_id_is_known_by_its_url(tmp_path: Path, page: dict[str, Any]) -> None:
    first = load(tmp_path, {**page, "body": "x"})
    assert [(each.url, each.body) for each in pages(first)] == [("a-b", "x")]
    assert first.warnings == []
    (loaded,) = pages(first)
    again = load(tmp_path, page, known={(Kind.PAGES, str(loaded.migration_id)): 77})
    assert [each.id for each in pages(again)] == [77]


def test_the_id_of_such_a_page_is_that_of_no_other(tmp_path: Path) -> None:
    importing = load(tmp_path, {"url": "a"}, {"id": 1, "url": "b"}, {"page_id": "2", "url": "c"}, {"title": "D"})
    assert sorted((page.url, page.id) for page in pages(importing)) == [("a", 3), ("b", 1), ("c", 2), ("d", 4)]
    assert {object_id for kind, object_id, _ in importing.identifiers if kind is Kind.PAGES} == {3, 4}
    assert importing.warnings == []


def test_the_second_page_of_one_url_is_left_out_with_a_warning(tmp_path: Path) -> None:
    importing = load(tmp_path, {"url": "a", "body": "1"}, {"url": "a", "body": "2"})
    assert [page.body for page in pages(importing)] == ["1"]
    assert [warning.code for warning in importing.warnings] == ["id_repeated"]


@pytest.mark.parametrize("page", [{"body": "x"}, {"url": "", "title": ""}, {"url": 5}])
def test_a_page_without_id_url_and_title_is_left_out_with_a_warning(tmp_path: Path, page: dict[str, Any]) -> None:
    importing = load(tmp_path, page)
    assert pages(importing) == []
    assert [warning.code for warning in importing.warnings] == ["invalid_content"]
