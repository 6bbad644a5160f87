"""Runs a command's function: its option groups are filled in, and an error becomes a sentence and an exit code."""

from __future__ import annotations

from functools import wraps
from typing import Any

import typer

from services.cli.errors import CommandError
from services.cli.option_groups import Run, expanded
from services.cli.output import print_json, warn


def runnable(command: Run) -> Run:
    """The command as typer runs it: exit code 0; 1 with a reason on stderr; 2 for a usage error; 130 for Ctrl-C.

    With --json, an error is a document on stdout too, unless the package is there.
    """
    function = expanded(command)

    @wraps(function)
    def run(**options: Any) -> None:
        try:
            function(**options)
        except (CommandError, OSError) as error:  # OSError: a file cannot be read or written
            warn(str(error))
            if options.get("as_json") and options.get("out") != "-":
                print_json({"error": str(error), **getattr(error, "details", {})})
            raise typer.Exit(getattr(error, "exit_code", 1)) from error

    run.__signature__ = function.__signature__  # type: ignore[attr-defined]  # read by inspect.signature
    return run
