"""Translates the errors of libraries to our own, in adapters."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from types import TracebackType

from shared.domain.errors import ExportError

Errors = Mapping[type[BaseException], type[ExportError]]


def translated(errors: Errors, item: str | None = None) -> AbstractContextManager[None]:
    """A block in which the errors of a library are raised as our own: the first type that matches decides.

    The message is the sentence of our error and the text of theirs; `item` is the object that the error is about.
    """
    return _Translated(errors, item)


class _Translated(AbstractContextManager[None]):
    """A class instead of a generator, which costs more per use: packages open thousands of small files."""

    def __init__(self, errors: Errors, item: str | None) -> None:
        self._errors = errors
        self._item = item

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for theirs, ours in self._errors.items() if error is not None else ():
            if isinstance(error, theirs):
                raise ours(f"{ours.__doc__} {error}".strip(), item=self._item) from error
