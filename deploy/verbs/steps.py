"""What a verb does, as steps that are printed before they are done; DRY=1 prints alone."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from deploy.stack.checkout import ROOT


class VerbRefused(Exception):
    """A verb cannot be done; the text is the sentence that is printed, and the exit code is 1."""


@dataclass(frozen=True, slots=True)
class Step:
    """A command, or work of our own; `does` says what for, in the words of an operator."""

    does: str
    words: Sequence[str] = ()
    work: Callable[[], str] | None = None  # its result is printed
    env: Mapping[str, str] = field(default_factory=dict)

    def line(self) -> str:
        """As it is printed: what it does, and the command that one could type instead."""
        settings = [f"{name}={shlex.quote(value)}" for name, value in self.env.items()]
        command = " ".join([*settings, *map(shlex.quote, self.words)])
        return f"{self.does}: {command}" if command else self.does

    def do(self) -> None:
        """Do it. Raises VerbRefused where the command fails; its output has gone to the terminal already."""
        if self.work is not None:
            print(self.work(), flush=True)
        if self.words:
            try:
                done = subprocess.run(self.words, env={**os.environ, **self.env}, cwd=ROOT, check=False)
            except OSError as error:
                raise VerbRefused(f"{self.words[0]} cannot be started: {error.strerror}") from error
            if done.returncode:
                raise VerbRefused(f"{self.does}: failed, {self.words[0]} ended with {done.returncode}")


def carry_out(steps: Iterable[Step], *, dry: bool) -> None:
    """Print each step and do it; print alone if `dry`. Raises VerbRefused at the first that fails."""
    for step in steps:
        print(("would " if dry else "") + step.line(), flush=True)
        if not dry:
            step.do()
