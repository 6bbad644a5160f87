"""The sender of a request as the audit log and the access log name it."""

from __future__ import annotations

from aiohttp import web

from shared.domain.audit import Actor
from shared.domain.rights import Caller
from shared.http.edge import ADDRESS, REQUEST_ID


def actor_of(request: web.Request, caller: Caller) -> Actor:
    """The caller, by the name of its token, from the address that the edge has found."""
    return Actor(
        caller.user_id, caller.real_user_id, caller.token or None, request[ADDRESS] or None, request[REQUEST_ID]
    )
