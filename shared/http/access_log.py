"""The access log: a line a request, with method, path, status and caller; never its query or headers."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any, Self

from aiohttp import hdrs, web

from shared.domain.rights import Caller
from shared.runtime.logs import get_logger

CALLER = web.RequestKey("caller", Caller)  # as soon as it is known
CLIENT_GONE = 499  # the status of a request whose client went away before its answer was sent; HTTP has none


@dataclass(frozen=True, slots=True)
class AccessLog:
    """Which requests are logged: errors (4xx and 5xx) or none, and a share of all others."""

    errors: bool
    share: float

    @classmethod
    def of(cls, setting: str) -> Self:
        """That of ACCESS_LOG: off, errors, all, or sample:0.01 for errors and one in a hundred others."""
        if setting.startswith("sample:"):
            return cls(errors=True, share=float(setting.removeprefix("sample:")))
        return cls(errors=setting != "off", share=1.0 if setting == "all" else 0.0)

    def logs(self, status: int) -> bool:
        """Whether a request with this status is logged."""
        return self.errors if status >= 400 else random.random() < self.share  # noqa: S311  (a sample, no secret)


def write(request: web.Request, status: int, **fields: Any) -> None:
    """Log a request, with these fields and its caller, if that is known."""
    caller = request.get(CALLER)
    log = get_logger().warning if status >= 500 and status != CLIENT_GONE else get_logger().info
    log(
        "request",
        method=request.method,
        **fields,
        status=status,
        user_id=caller and caller.user_id,
        token=(caller and caller.token) or None,
    )


def body_bytes(request: web.Request, answer: web.StreamResponse) -> int:
    """The bytes of the body that a client was sent, or is about to be."""
    if request.method == hdrs.METH_HEAD:
        return 0
    length = answer.content_length
    return answer.body_length if length is None else length
