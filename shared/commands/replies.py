"""Replies to commands as events, and refusals as problem details."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from msgspec import Struct

from shared.contracts.cloud_events import CloudEvent, cloud_event
from shared.contracts.commands import Problem
from shared.domain.errors import ExportError, InvalidSelection, MalformedMessage
from shared.http.answers import ApiError
from shared.http.presentation import sentence


class Reply(Struct, frozen=True):
    """What is answered to a command: the type of the event, its data, and its subject."""

    type: str
    data: Struct
    subject: str | None = None


def reply_event(reply: Reply, command: CloudEvent | None, trace: str | None) -> CloudEvent:
    """The event of a reply. A command that is delivered twice gets replies of one id."""
    if command is None:
        event_id = str(uuid4())
    else:
        event_id = str(uuid5(NAMESPACE_URL, f"{reply.type} {command.source} {command.id}"))
    context = {"traceparent": trace, "tracestate": command.tracestate if command and trace else None}
    return cloud_event(reply.type, reply.data, event_id=event_id, subject=reply.subject, **context)


def problem_of(error: ApiError | ExportError) -> Problem:
    """Why a command is refused; `parameter` is the path of the field that it is about."""
    if isinstance(error, ApiError):
        return _of_answer(error)
    status = 400 if isinstance(error, MalformedMessage) else 422
    return _problem(status, str(error), error.code.value, error.item)


def _of_answer(error: ApiError) -> Problem:
    first = _first_error(error.body)
    parameter, cause = first.get("parameter"), error.__cause__
    if isinstance(cause, InvalidSelection):
        parameter = f"select[{cause.item}]" if cause.item else "select"
    elif parameter is None and isinstance(cause, ExportError):
        parameter = cause.item
    path = None if parameter is None else f"data.{parameter}"
    return _problem(error.status, sentence(error.body), first.get("error_code"), path)


def _problem(status: int, detail: str, code: str | None, parameter: str | None) -> Problem:
    title = HTTPStatus(status).phrase
    return Problem(
        type="about:blank",
        title=title,
        status=status,
        detail=detail,
        code=code or title.lower().replace(" ", "_"),
        parameter=parameter,
    )


def _first_error(body: Any) -> dict[str, Any]:
    errors = body.get("errors") if isinstance(body, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    return first if isinstance(first, dict) else {}
