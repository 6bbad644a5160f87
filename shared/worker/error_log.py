"""How errors that a worker survives are logged."""

from __future__ import annotations

from shared.domain.errors import in_full
from shared.runtime.logs import get_logger


def log_survived(event: str, error: Exception, *foreseen: type[Exception]) -> None:
    """A warning for an error of these types, which passes by itself; for any other an error with its traceback."""
    if isinstance(error, foreseen):
        get_logger().warning(event, reason=in_full(error))
    else:
        get_logger().error(event, reason=in_full(error), exc_info=error)
