"""Templates have the filters that they use."""

from __future__ import annotations

from collections.abc import Iterator

import aiohttp_jinja2
import jinja2
import pytest
from aiohttp import web
from jinja2 import nodes

from services.console import pages


@pytest.fixture
def environment() -> jinja2.Environment:
    app = web.Application()
    pages.set_up(app)
    return aiohttp_jinja2.get_env(app)


def filters_of(environment: jinja2.Environment, template: str) -> Iterator[nodes.Filter]:
    assert environment.loader is not None
    source, _, _ = environment.loader.get_source(environment, template)
    return environment.parse(source).find_all(nodes.Filter)


def test_every_template_uses_filters_that_there_are(environment: jinja2.Environment) -> None:
    """A filter that is missing is an error of compilation only where no condition is around it."""
    used = {(path, each.name) for path in environment.list_templates() for each in filters_of(environment, path)}
    assert ("teacher/now.html", "moment") in used
    assert {(template, name) for template, name in used if name not in environment.filters} == set()


@pytest.mark.parametrize(("at", "shown"), [("2026-12-27T12:00:00Z", "Dec 27, 2026, 12:00:00\u202fPM UTC"), (None, "")])
def test_a_time_of_the_api_is_shown_for_people(environment: jinja2.Environment, at: str | None, shown: str) -> None:
    template = environment.from_string("{{ at|moment }}")
    assert template.render(at=at, texts=pages.CONSOLE.texts_for("en")) == shown
