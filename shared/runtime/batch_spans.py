"""Spans of work that one task does for several callers at once."""

from __future__ import annotations

from asyncio import Future
from collections.abc import Iterable
from contextlib import AbstractContextManager
from contextvars import Context, copy_context
from typing import Any
from weakref import WeakKeyDictionary

from shared.runtime.traces import NO_SPAN, recording, span, traceparent


class BatchSpans:
    """A span for each batch, below that of its first caller that has one.

    The task that serves the batches may go on long after the call that started it. Spans of later batches would be in the
    trace of that call, and log lines would have its request id: so the task runs in `context()`, that of the process.
    """

    def __init__(self) -> None:
        self._process = copy_context()
        self._callers: WeakKeyDictionary[Future[Any], str] = WeakKeyDictionary()

    def called(self, answer: Future[Any]) -> None:
        """Note that the current span waits for this answer."""
        if recording() and (here := traceparent()) is not None:
            self._callers[answer] = here

    def context(self) -> Context:
        """That in which this was made, for a task that serves batches."""
        return self._process.copy()

    def span(self, answers: Iterable[Future[Any]]) -> AbstractContextManager[None]:
        """The span of the batch that gives these answers; none where no caller has one. An error is that of a statement in it."""
        if not recording():
            return NO_SPAN
        waiting = list(answers)
        parent = next((caller for each in waiting if (caller := self._callers.get(each))), None)
        if parent is None:
            return NO_SPAN
        return span("batch", parent, expected=(Exception,), attributes={"callers": len(waiting)})
