"""What a command prints: its result on stdout, as text or as one JSON document; notes and errors on stderr."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from rich.console import Console, RenderableType

_WIDTH = 200  # columns of a table where there is no terminal: rich would cut it to 80


@dataclass(frozen=True, slots=True)
class Output:
    """The options that say how a command prints."""

    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document")] = False
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print results and errors only")] = False

    def result(self, text: RenderableType, document: Any) -> None:
        """Print what the command was called for: a text or a table, or the document."""
        if self.as_json:
            print_json(document)
        elif isinstance(text, str):
            print(text)
        else:
            terminal = Console()
            (terminal if terminal.is_terminal else Console(width=_WIDTH)).print(text)

    def summary(self, text: str, document: Any, *, stdout_taken: bool = False) -> None:
        """Print what the command has done; nothing with --quiet, and on stderr where a package is on stdout."""
        if stdout_taken:
            self.note(text)
        elif self.as_json:
            print_json(document)
        elif not self.quiet:
            print(text)

    def done(self, document: Any) -> None:
        """Report success of a command that has no result as text: the document with --json, else nothing."""
        if self.as_json:
            print_json(document)

    def note(self, text: str) -> None:
        """Print a remark on stderr, unless --quiet is given."""
        if not self.quiet:
            warn(text)


def print_json(document: Any) -> None:
    """One line of JSON on stdout."""
    print(json.dumps(document, ensure_ascii=False))


def warn(text: str) -> None:
    """Print a line on stderr, with control characters escaped: a name in a package could drive the terminal."""
    print(printable(text), file=sys.stderr, flush=True)


def printable(text: str) -> str:
    """The text with control characters escaped; line ends stay."""
    return "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in text)
