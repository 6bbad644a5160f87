"""Errors of work on this machine, as a command reports them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from services.cli.errors import CommandError, InvalidSetting
from shared.domain.errors import ExportError, in_full
from shared.runtime.environment import Mistakes


@contextmanager
def explained() -> Iterator[None]:
    """Raises InvalidSetting for a setting that can never work, CommandError for any other error with a reason."""
    try:
        yield
    except Mistakes as error:
        raise InvalidSetting(str(error)) from error
    except ExportError as error:
        reason = in_full(error)
        item = f"{error.item}: " if error.item and error.item not in reason else ""
        raise CommandError(f"{item}{reason}", code=error.code) from error
    except ValueError as error:
        raise CommandError(str(error)) from error
