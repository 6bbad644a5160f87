"""Which requests the scopes of a token are good for."""

from __future__ import annotations

from functools import lru_cache

from aiohttp import web

from shared.contracts.scopes import Step, parse_scope, route_steps, steps_of

_FORMAT = "{format}"  # what a route may end in: `.json`


def reaches(scopes: frozenset[str] | None, request: web.Request) -> bool:
    """Whether a token of these scopes is good for the route that answers; without any it is good for all."""
    if scopes is None:
        return True
    resource = request.match_info.route.resource
    if resource is None:
        return False
    verb = "GET" if request.method == "HEAD" else request.method
    path = request.rel_url.raw_path.rstrip("/").removesuffix(".json")
    route = _steps(resource.canonical, request.match_info.get("contexts", ""))
    steps = steps_of(path)
    return any((scope := parse_scope(each)) is not None and scope.covers(verb, route, steps) for each in scopes)


@lru_cache(maxsize=1024)
def _steps(canonical: str, contexts: str) -> tuple[Step, ...]:
    """The steps of a route. `contexts` is the word of the path: it is part of the route, not a value."""
    return route_steps(canonical.removesuffix(_FORMAT).replace("{contexts}", contexts))
