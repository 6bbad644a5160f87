"""Scopes of tokens: which verbs and paths one reaches (Canvas: `url:GET|/api/v1/courses/:course_id/content_exports`)."""

from __future__ import annotations

import re
from functools import lru_cache

from aiohttp import web


def reaches(scopes: frozenset[str] | None, request: web.Request) -> bool:
    """Whether a token of these scopes is good for this route; without any it is good for all."""
    if scopes is None:
        return True
    wanted = f"{'GET' if request.method == 'HEAD' else request.method}|{request.rel_url.raw_path.rstrip('/')}"
    return any(_pattern(scope).fullmatch(wanted) for scope in scopes)


@lru_cache(maxsize=1024)
def _pattern(scope: str) -> re.Pattern[str]:
    """A scope as a pattern of `GET|path`.

    Canvas: `:name` is a run without '/', `*name` anything, and a format suffix may follow.
    """
    verb, _, path = scope.removeprefix("url:").partition("|")
    parts = [
        "[^/]+" if part.startswith(":") else ".+" if part.startswith("*") else re.escape(part)
        for part in path.split("/")
    ]
    return re.compile(re.escape(verb) + r"\|" + "/".join(parts) + r"(?:\.[^/]+)?")
