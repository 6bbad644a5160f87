"""Logs: one event per line with its fields, as JSON, or as coloured columns on a terminal."""

from __future__ import annotations

import logging
import sys

import structlog


def set_up_logs(service: str, level: str = "INFO") -> None:
    """Send the lines of structlog and of standard loggers to stderr, each with the name of the service."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    terminal = sys.stderr.isatty()
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer()
    )
    # The console renderer formats tracebacks itself; JSON needs them as text.
    errors: list[structlog.typing.Processor] = [] if terminal else [structlog.processors.format_exc_info]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *errors, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    # These libraries raise the errors that they log, and the code that catches one logs it with its context.
    for library in ("aiormq", "aio_pika", "asyncpg"):
        logging.getLogger(library).setLevel(logging.CRITICAL)
    structlog.contextvars.bind_contextvars(service=service)


def get_logger() -> structlog.stdlib.BoundLogger:
    """A logger. Each of its lines has the fields that are bound to the context: service, request_id, export_id."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger()
    return logger
