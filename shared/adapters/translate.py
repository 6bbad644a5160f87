"""Foreign errors become ours at an adapter's door."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from types import TracebackType

from shared.domain.errors import ExportError

Errors = Mapping[type[BaseException], type[ExportError]]


def translated(errors: Errors, item: str | None = None) -> AbstractContextManager[None]:
    """Raise ours for theirs: the first type that matches, in the order given, with their words as the message."""
    return _Translated(errors, item)


class _Translated(AbstractContextManager[None]):
    """A class and no generator: packages open small files by the thousand."""

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
