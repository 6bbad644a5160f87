"""Scopes of tokens as Canvas writes them: a verb and a route, of which each is good for its own requests alone."""

from __future__ import annotations

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from shared.contracts.operations import OPERATIONS
from shared.contracts.scopes import scope_fault
from shared.http.scopes import reaches
from shared.http.urls import EXPORTS, SUFFIX

LIST = "url:GET|/api/v1/courses/:course_id/content_exports"
SHOW = LIST + "/:id"
ROUTES = (
    ("GET", EXPORTS + r"/{id:(?!events(?:\.json)?/?$)[^/]+?}" + SUFFIX),
    ("GET", EXPORTS + "/events" + SUFFIX),
    ("GET", EXPORTS + "/{id}/report" + SUFFIX),
    ("GET", EXPORTS + "/{id}/entries/{path:.+}"),
    ("GET", EXPORTS + SUFFIX),
    ("POST", EXPORTS + SUFFIX),
    ("POST", "/api/v1/progress/{id}/cancel" + SUFFIX),
    ("GET", "/api/v1/courses" + SUFFIX),
    ("GET", r"/api/v1/{contexts:courses|groups|users}/{context_id:[^/]+?}" + SUFFIX),
)


async def is_good_for(method: str, path: str, *scopes: str) -> bool:
    """Whether a token of these scopes reaches what answers the request."""
    app = web.Application()

    async def handler(request: web.Request) -> web.Response:
        return web.Response()

    for verb, route in ROUTES:
        app.router.add_route(verb, route, handler)
        if verb == "GET":
            app.router.add_route("HEAD", route, handler)
    request = make_mocked_request(method, path)
    request._match_info = await app.router.resolve(request)
    return reaches(frozenset(scopes), request)


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
        (LIST + "/events", "GET", "/api/v1/courses/12/content_exports/events"),
        ("url:GET|/api/v1/courses/12/content_exports/:id", "GET", "/api/v1/courses/12/content_exports/7"),
        ("url:POST|/api/v1/progress/:id/cancel", "POST", "/api/v1/progress/4/cancel"),
        ("url:GET|/api/v1/courses/:course_id/*rest", "GET", "/api/v1/courses/12/content_exports/7/entries/a/b.html"),
    ],
)
async def test_a_scope_reaches_what_its_route_answers(scope: str, method: str, path: str) -> None:
    assert await is_good_for(method, path, scope)


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        (SHOW, "GET", "/api/v1/courses/12/content_exports/events"),
        (SHOW, "GET", "/api/v1/courses/12/content_exports/events.json"),
        (
            "url:GET|/api/v1/courses/:course_id/content_exports/:id/:what",
            "GET",
            "/api/v1/courses/1/content_exports/7/report",
        ),
        ("url:GET|/api/v1/:contexts/:id", "GET", "/api/v1/courses/12"),
        ("url:GET|/api/v1/:all", "GET", "/api/v1/courses"),
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
async def test_it_reaches_nothing_else(scope: str, method: str, path: str) -> None:
    assert not await is_good_for(method, path, scope)


async def test_a_token_without_scopes_reaches_everything_and_one_with_an_empty_list_nothing() -> None:
    assert reaches(None, make_mocked_request("GET", "/api/v1/courses"))
    assert not await is_good_for("GET", "/api/v1/courses")
    assert await is_good_for("GET", "/api/v1/courses", SHOW, "url:GET|/api/v1/courses")


def test_every_operation_has_a_scope_that_a_token_may_have() -> None:
    # The page at / is for everybody.
    for operation in (each for each in OPERATIONS if each.path != "/"):
        for context in operation.contexts:
            path = operation.path.replace("{contexts}", context.route)
            assert scope_fault(f"url:{operation.method}|{path.replace('{', ':').replace('}', '')}") is None


@pytest.mark.parametrize("scope", [LIST, "url:GET|/api/v1/courses/12/content_exports", "url:GET|/api/v1/courses/*rest"])
def test_values_and_the_rest_of_a_path_may_be_named(scope: str) -> None:
    assert scope_fault(scope) is None


@pytest.mark.parametrize(
    ("scope", "sentence"),
    [
        ("nonsense", "is no scope"),
        ("", "is no scope"),
        ("url:FETCH|/api/v1/courses", "is no scope"),
        ("url:GET|api/v1/courses", "is no scope"),
        ("url:GET|/api/v1/courses/:id /x", "is no scope"),
        ("url:DELETE|/api/v1/courses/:id", "is the scope of no route"),
        ("url:GET|/api/v1/courses/:course_id/wombats", "is the scope of no route"),
        ("url:GET|/api/v1/courses/:course_id/content_exports/:id/:what", "is the scope of no route"),
    ],
)
def test_a_scope_of_another_form_or_of_no_route_has_a_fault(scope: str, sentence: str) -> None:
    assert sentence in str(scope_fault(scope))
