"""Runs `content-exports` in the process of the tests: what its commands import is imported once, not for each of them."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import structlog
from typer.testing import CliRunner, Result

from services.cli.__main__ import app

# Commands have an event loop of their own, also where an async test calls them; the output of one at a time is captured.
_THREAD = ThreadPoolExecutor(1)


def invoke(*words: str, env: Mapping[str, str | None] | None = None) -> Result:
    """Run a command with these arguments, in our environment with these variables; without those that are None."""
    return _THREAD.submit(_invoke, words, env).result()


def printed(*words: str, env: Mapping[str, str | None] | None = None) -> str:
    """The standard output of a command that succeeds."""
    done = invoke(*words, env=env)
    assert done.exit_code == 0, f"{words[0]}: {done.output}{done.exception!r}"
    return done.stdout


def _invoke(words: tuple[str, ...], env: Mapping[str, str | None] | None) -> Result:
    with _logs_kept():
        return CliRunner().invoke(app, words, env=env)


@contextmanager
def _logs_kept() -> Iterator[None]:
    """A command sets logs up for a process of its own: after it they are those of the tests again."""
    root, structured = logging.getLogger(), structlog.get_config()
    handlers, level = list(root.handlers), root.level
    try:
        yield
    finally:
        structlog.configure(**structured)
        root.handlers[:] = handlers
        root.setLevel(level)
