"""CloudEvents 1.0: the envelope of every message to and from internal services, read and written as JSON.

Source: CloudEvents 1.0.2, the specification and its JSON format. The AMQP binding is one of AMQP 1.0: on 0-9-1 an event
is its body (structured mode), or a JSON body with the attributes as headers (binary mode), which is only read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, Raw, Struct

from shared.domain.errors import MalformedMessage

STRUCTURED = "application/cloudevents+json"  # the content type of a message whose body is the whole event
SOURCE = "/content_exports"  # of all that this system sends
APP_ID = "content_exports"

_JSON_TYPES = re.compile(r"(?:application|text)/(?:[\w.-]+\+)?json(?:\s*;.*)?", re.IGNORECASE)
_PREFIXES = ("cloudEvents:", "cloudEvents_")  # of the headers in binary mode: AMQP binding, 3.1.3
_AT = re.compile(r"(?P<reason>.*?)(?: - at `(?P<path>.*)`)?", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(.*)`")

# No control characters, in any attribute. `$` would accept a line end after the last one.
_TEXT = r"^[^\u0000-\u001f\u007f-\u009f]+(?![\s\S])"
_URI_REFERENCE = r"^[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+(?![\s\S])"

Text = Annotated[str, Meta(min_length=1, max_length=1024, pattern=_TEXT)]
Id = Annotated[str, Meta(min_length=1, max_length=255, pattern=_TEXT)]
Uri = Annotated[str, Meta(min_length=1, max_length=255, pattern=_URI_REFERENCE)]

Data = TypeVar("Data", bound=Struct)


class CloudEvent(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An event or a command. `id` is unique for its `source`; `data` is JSON, read by `data_of`.

    An attribute that is null is an absent one (JSON format, 2.2).
    """

    specversion: Literal["1.0"]
    id: Id
    source: Uri
    type: Text
    subject: Text | None = None
    time: Annotated[datetime, Meta(tz=True)] | None = None
    datacontenttype: Text | None = None
    dataschema: Text | None = None
    traceparent: Text | None = None  # extension "Distributed Tracing": W3C Trace Context
    tracestate: Text | None = None
    sequence: Text | None = None  # extension "Sequence": a decimal number
    data: Raw


def cloud_event(type_: str, data: Struct, *, event_id: str, **attributes: Any) -> CloudEvent:
    """An event of this system, at this moment unless `time` is among the other attributes."""
    return CloudEvent(
        specversion="1.0",
        id=event_id,
        source=SOURCE,
        type=type_,
        datacontenttype="application/json",
        data=Raw(msgspec.json.encode(data)),
        **{"time": datetime.now(UTC), **attributes},
    )


def encode_event(event: CloudEvent) -> bytes:
    """The event in structured mode."""
    return msgspec.json.encode(event)


def read_event(body: bytes, content_type: str | None, headers: Mapping[str, Any]) -> CloudEvent:
    """The event in a message, in structured or binary mode.

    Raises MalformedMessage, whose `item` is the path of the attribute: `source`, or `cloudEvents:source` of a header.
    """
    attributes = _binary_attributes(headers)
    media = (content_type or "").partition(";")[0].strip().lower()
    if attributes and media != STRUCTURED:
        return _of_headers(body, content_type, attributes)
    event: CloudEvent = decoded(body, CloudEvent)
    _require_json(event.datacontenttype, "datacontenttype")
    return event


def data_of(event: CloudEvent, kind: type[Data]) -> Data:
    """The data of an event as this kind. Raises MalformedMessage, whose `item` is a path such as `data.user_id`."""
    return decoded(event.data, kind, "data")


def decoded(text: bytes | Raw, kind: type[Data], root: str = "") -> Data:
    """JSON as this kind. Raises MalformedMessage, which names the path below `root` of what is wrong."""
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.ValidationError as error:
        raise _malformed(error, root) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedMessage(f"{root or 'The body'} is not JSON: {error}", item=root or None) from error


def _binary_attributes(headers: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes among the headers, by their names."""
    return {
        name.removeprefix(prefix): value
        for name, value in headers.items()
        for prefix in _PREFIXES
        if name.startswith(prefix)
    }


def _of_headers(body: bytes, content_type: str | None, attributes: dict[str, Any]) -> CloudEvent:
    attributes["data"] = Raw(body)  # an attribute cannot have this name
    _require_json(content_type or None, "content_type")
    attributes["datacontenttype"] = content_type or None
    try:
        return msgspec.convert(attributes, CloudEvent)
    except msgspec.ValidationError as error:
        raise _malformed(error, _PREFIXES[0]) from error


def _require_json(media: str | None, path: str) -> None:
    if media is not None and not _JSON_TYPES.fullmatch(media):
        raise MalformedMessage(f"{path} must be a JSON type, such as application/json", item=path)


def _malformed(error: msgspec.ValidationError, root: str) -> MalformedMessage:
    """The library's sentence, with the path in the form `data.select.pages[0]`."""
    match = _AT.fullmatch(str(error))
    assert match is not None  # it matches any text
    reason, path = match["reason"], (match["path"] or "$").removeprefix("$")
    if missing := _MISSING.fullmatch(reason):
        reason, path = "it is missing", f"{path}.{missing[1]}"
    elif "matching regex" in reason:
        reason = "it has a character that is not allowed in it"
    separate = root and not root.endswith(":")
    full = f"{root}{path if separate else path.removeprefix('.')}"
    return MalformedMessage(f"{full or 'The body'}: {reason}", item=full or None)
