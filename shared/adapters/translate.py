"""Translates the errors of libraries to our own, in adapters."""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import partial
from types import TracebackType

from shared.domain.errors import ExportError, StoreFull, StoreUnavailable

_FULL = (errno.ENOSPC, errno.EDQUOT)

Errors = Mapping[type[BaseException], type[ExportError]]
Translate = Callable[[BaseException], ExportError | None]  # ours for theirs; None for what passes as it is


def translated(errors: Errors, item: str | None = None) -> AbstractContextManager[None]:
    """A block in which the errors of a library are raised as our own: the first type that matches decides.

    The text of theirs becomes the detail of ours, which clients do not see; `item` is the object that the error is about.
    A full disk and a used-up quota are StoreFull where another OSError is StoreUnavailable.
    """
    return translated_by(partial(first_match, errors, item))


def full_disk_translated() -> AbstractContextManager[None]:
    """A block in which a full disk of this machine is StoreFull: its temporary files hold what a store is to get."""
    return translated_by(_full_disk)


def _full_disk(error: BaseException) -> ExportError | None:
    if isinstance(error, OSError) and error.errno in _FULL:
        return StoreFull("The disk for temporary files is full.", detail=str(error))
    return None


def translated_by(translate: Translate) -> AbstractContextManager[None]:
    """A block in which the errors of a library are raised as what `translate` makes of them."""
    return _Translated(translate)


def first_match(errors: Errors, item: str | None, error: BaseException) -> ExportError | None:
    """Our error for one of a library, by the first type that matches; None for what passes as it is."""
    ours = next((ours for theirs, ours in errors.items() if isinstance(error, theirs)), None)
    if ours is StoreUnavailable and isinstance(error, OSError) and error.errno in _FULL:
        ours = StoreFull
    return None if ours is None else ours(item=item, detail=f"{item or ''} {type(error).__name__}: {error}".strip())


class _Translated(AbstractContextManager[None]):
    """A class instead of a generator, which costs more per use: packages open thousands of small files."""

    def __init__(self, translate: Translate) -> None:
        self._translate = translate

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        ours = None if error is None else self._translate(error)
        if ours is not None:
            raise ours from error
