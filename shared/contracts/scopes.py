"""Scopes of access tokens: a verb and a route, as Canvas writes them (`url:GET|/api/v1/courses/:course_id/pages`)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from shared.contracts.operations import OPERATIONS
from shared.domain.errors import InvalidOption

_FORM = re.compile(r"url:(GET|POST|PUT|PATCH|DELETE)\|(/[!-~]*)")

Step = str | None  # of a route: a literal part of the path, or None where any value stands


@dataclass(frozen=True, slots=True)
class Scope:
    """`:name` stands for any value of a route, `*name` at the end for the rest of a path, all else for itself."""

    verb: str
    steps: tuple[str, ...]

    def covers(self, verb: str, route: Sequence[Step], path: Sequence[str]) -> bool:
        """Whether this scope is good for a request.

        `route` are the steps of the route that answers it, `path` those of its path. A route whose last step is None
        may answer a path of more steps. A `:name` never stands for a literal part of the route: a scope for
        `content_exports/:id` does not match `content_exports/events`.
        """
        if verb != self.verb:
            return False
        for place, step in enumerate(self.steps):
            if place >= len(path) or not path[place]:
                return False
            if step.startswith("*"):
                return True
            if step.startswith(":"):
                if place < len(route) and route[place] is not None:
                    return False
            elif step != path[place]:
                return False
        return len(path) == len(self.steps)


@lru_cache(maxsize=1024)
def parse_scope(text: str) -> Scope | None:
    """A scope from its text; None for what has not its form."""
    match = _FORM.fullmatch(text)
    return Scope(match[1], steps_of(match[2])) if match else None


def steps_of(path: str) -> tuple[str, ...]:
    """The parts of a path between its slashes."""
    return tuple(path.strip("/").split("/"))


def route_steps(template: str) -> tuple[Step, ...]:
    """The steps of a route from its template, such as `/api/v1/progress/{id}`."""
    return tuple(None if step.startswith("{") else step for step in steps_of(template))


def scope_fault(text: str) -> str | None:
    """What is wrong with a scope that a token is to have, as a sentence; None for one that some route answers to."""
    scope = parse_scope(text)
    if scope is None:
        return f"{text!r} is no scope: it must look like url:GET|/api/v1/courses/:course_id/content_exports"
    if not any(scope.covers(verb, route, _path_like(scope, route)) for verb, route in _routes()):
        return f"{text!r} is the scope of no route: /openapi.json lists the routes"
    return None


def check_scopes(texts: Iterable[str]) -> None:
    """Raise InvalidOption for a scope that is invalid, or that matches no route."""
    for fault in filter(None, map(scope_fault, texts)):
        raise InvalidOption(fault, item="scopes")


def _path_like(scope: Scope, route: Sequence[Step]) -> tuple[str, ...]:
    """A path of the route that has the scope's own words wherever any value may stand."""
    words = (*scope.steps, *("x" for _ in range(len(route) - len(scope.steps))))
    return tuple(word if step is None else step for word, step in zip(words, route, strict=False))


@cache
def _routes() -> tuple[tuple[str, tuple[Step, ...]], ...]:
    return tuple(
        (operation.method, route_steps(operation.path.replace("{contexts}", context.route)))
        for operation in OPERATIONS
        for context in (operation.contexts if "{contexts}" in operation.path else operation.contexts[:1])
    )
