"""The parsers that a stranger reaches, by the names of their targets.

A target takes bytes and returns, or raises: whatever it raises is a finding. Its docstring is the promise it checks.
"""

from __future__ import annotations

from tests.fuzz import headers, packages, parameters, tokens
from tests.fuzz.limits import Check

TARGETS: dict[str, Check] = {
    "select_json": parameters.select_of_json,
    "select_form": parameters.select_of_form,
    "create_request": parameters.create_request,
    "body": parameters.body,
    "path_id": parameters.path_id,
    "page": parameters.page,
    "range": headers.byte_range,
    "verifier": headers.verifier,
    "forwarded": headers.forwarded,
    "event_stream": headers.event_stream,
    "create_headers": headers.create_headers,
    "request_id": headers.request_id,
    "any_token": tokens.any_token,
    "signed_token": tokens.signed_token,
    "scope": tokens.scope,
    "zip": packages.zip_bytes,
    "members": packages.members,
    "document": packages.document,
    "quiz": packages.quiz,
    "folder": packages.rest_folder,
}
