"""The words in which the HTTP API describes itself: operations, what they take, what they answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.domain.export import ContextType

JSON = "application/json"
EVENTS = "text/event-stream"
BYTES = "application/octet-stream"
ALL_CONTEXTS = (ContextType.COURSE, ContextType.GROUP, ContextType.USER)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the query, or a header of a request or an answer; `schema` is JSON Schema."""

    name: str
    description: str
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})


@dataclass(frozen=True, slots=True)
class Response:
    """An answer: its type, or several, where it is JSON; its media type; and the headers that matter with it."""

    description: str
    type: Any = None
    media: str | None = JSON
    headers: tuple[Parameter, ...] = ()
    example: Any = None  # instead of the one of its type


@dataclass(frozen=True, slots=True)
class Operation:
    """One verb on one path. A path with `{contexts}` stands for each of `contexts`."""

    method: str
    path: str
    summary: str
    answers: Mapping[int, Response]
    tag: str
    query: tuple[Parameter, ...] = ()
    headers: tuple[Parameter, ...] = ()
    body: Any = None
    upload: str = ""  # the media type of a body that is a file
    login: bool = True  # whether a token is needed, rather than helpful
    contexts: tuple[ContextType, ...] = ALL_CONTEXTS
    beyond: bool = False  # not part of Canvas's API
