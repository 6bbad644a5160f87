"""Scopes of tokens as Canvas matches them: a verb and a pattern of the path, held against the whole of it."""

from __future__ import annotations

import pytest
from aiohttp.test_utils import make_mocked_request

from shared.http.scopes import reaches

LIST = "url:GET|/api/v1/courses/:course_id/content_exports"
SHOW = LIST + "/:id"


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        (LIST, "GET", "/api/v1/courses/12/content_exports"),
        (LIST, "HEAD", "/api/v1/courses/12/content_exports"),
        (LIST, "GET", "/api/v1/courses/sis_course_id:A%2FB/content_exports"),
        (LIST, "GET", "/api/v1/courses/12/content_exports?x=/y"),
        (LIST, "GET", "/api/v1/courses/12/content_exports.json"),
        (LIST, "GET", "/api/v1/courses/12/content_exports/"),
        (SHOW, "GET", "/api/v1/courses/12/content_exports/7"),
        (SHOW, "GET", "/api/v1/courses/12/content_exports/7.json"),
        ("url:POST|/api/v1/progress/:id/cancel", "POST", "/api/v1/progress/4/cancel"),
        ("url:GET|/api/v1/courses/:course_id/*rest", "GET", "/api/v1/courses/12/content_exports/7/entries/a/b.html"),
    ],
)
def test_a_scope_reaches_what_its_pattern_fits(scope: str, method: str, path: str) -> None:
    assert reaches(frozenset({scope}), make_mocked_request(method, path))


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        (LIST, "POST", "/api/v1/courses/12/content_exports"),
        (LIST, "GET", "/api/v1/courses/12/content_exports/7"),
        (LIST, "GET", "/api/v1/courses/12/13/content_exports"),
        (LIST, "GET", "/api/v1/courses//content_exports"),
        (LIST, "GET", "/api/v1/groups/12/content_exports"),
        (LIST, "GET", "/x/api/v1/courses/12/content_exports"),
        (LIST, "GET", "/api/v1/courses/12/content_exports.json/7"),
        (SHOW, "GET", "/api/v1/courses/12/content_exports"),
        (SHOW, "GET", "/api/v1/courses/12/content_exports/7/report"),
        ("url:GET|/api/v1/course./:id", "GET", "/api/v1/courses/12"),
        ("nonsense", "GET", "/api/v1/courses/12"),
        ("", "GET", "/"),
    ],
)
def test_it_reaches_nothing_else(scope: str, method: str, path: str) -> None:
    assert not reaches(frozenset({scope}), make_mocked_request(method, path))


def test_a_token_without_scopes_reaches_everything_and_one_with_an_empty_list_nothing() -> None:
    request = make_mocked_request("GET", "/api/v1/courses")
    assert reaches(None, request)
    assert not reaches(frozenset(), request)
    assert reaches(frozenset({SHOW, "url:GET|/api/v1/courses"}), request)
