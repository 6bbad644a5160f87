"""Messages: frozen structs that say who sends them and who reads them. A new field has a default; a new meaning a new tag."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from shared.contracts.plans import Plan
from shared.domain.export import ContextType, ExportType
from shared.domain.export_settings import ExportSettings

_LARGEST_ID = 2**63 - 1  # of a bigint; whatever is larger was not given by our database


class ExportRequested(Struct, frozen=True, kw_only=True, tag_field="type", tag="export.requested.v1"):
    """An export waits to be built. From the gateway's relay, to the workers of its type; harmless to receive twice."""

    export_id: Annotated[int, Meta(ge=1, le=_LARGEST_ID)]
    export_type: str
    request_id: str | None = None
    traceparent: str | None = None  # W3C Trace Context: the span that goes on with the worker's


class LoadRequested(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="load.requested.v1"):
    """An uploaded package waits to be loaded. From the gateway's relay, to the loader; harmless to receive twice."""

    load_id: Annotated[int, Meta(ge=1, le=_LARGEST_ID)]
    request_id: str | None = None
    traceparent: str | None = None  # W3C Trace Context: the span that goes on with the loader's


class PlanRequested(Struct, frozen=True, kw_only=True, tag_field="type", tag="plan.requested.v1"):
    """What would this export hold? From the gateway, to one worker of the type, which answers to `reply_to` in time.

    The answer is a PlanMade or a PlanFailed under the `correlation_id` of the request. Nothing is lost with this message
    but a dry run: it expires, and it is sent once.
    """

    context_type: ContextType
    context_id: int
    user_id: int
    export_type: ExportType
    settings: ExportSettings
    deadline: datetime  # aware; an answer after it is ignored
    request_id: str | None = None
    traceparent: str | None = None  # W3C Trace Context: the span that goes on with the worker's


class PlanMade(Struct, frozen=True, kw_only=True, tag_field="type", tag="plan.made.v1"):
    """What the export would hold, or why it would fail. From a worker, to the gateway that requested the plan."""

    plan: Plan


class PlanFailed(Struct, frozen=True, kw_only=True, tag_field="type", tag="plan.failed.v1"):
    """The worker could not plan; this says nothing about the export. From a worker, to the gateway that requested the plan."""

    code: str
    message: str


def encode(message: Struct) -> bytes:
    """The message as JSON."""
    return msgspec.json.encode(message)
