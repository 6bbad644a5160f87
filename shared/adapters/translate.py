"""Foreign errors become ours at an adapter's door."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from shared.domain.errors import ExportError


@contextmanager
def translated(errors: Mapping[type[BaseException], type[ExportError]], item: str | None = None) -> Iterator[None]:
    """Raise ours for theirs: the first type that matches, in the order given, with their words as the message."""
    try:
        yield
    except tuple(errors) as error:
        ours = next(ours for theirs, ours in errors.items() if isinstance(error, theirs))
        raise ours(f"{ours.__doc__} {error}".strip(), item=item) from error
