"""The versions of containers that were deployed, and with each the compose file that it was deployed with.

A release that adds a process has it in its compose file: with that of the release before, its image would be started for
a process that it does not have.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.stack.checkout import ROOT
from deploy.verbs.steps import VerbRefused

_FILE = "--file"


@dataclass(frozen=True, slots=True)
class DeployedVersions:
    """`notes` has a line for each version, the present one last; a folder beside it has their compose files."""

    notes: Path

    def all(self) -> list[str]:
        """The versions in the order of their deployment."""
        return self.notes.read_text().split() if self.notes.exists() else []

    def present(self) -> str | None:
        """What was deployed last; None after `make up`."""
        return next(reversed(self.all()), None)

    def before(self) -> str:
        """The version before the present one. Raises VerbRefused without one."""
        versions = self.all()
        if len(versions) < 2:
            raise VerbRefused(f"there is no version to go back to: {self.notes} has fewer than two")
        return versions[-2]

    def file_of(self, version: str) -> Path | None:
        """The compose file that a version was deployed with; None where none was kept."""
        file = self._kept(version)
        return file if file.exists() else None

    def words_of(self, version: str | None, words: Sequence[str]) -> list[str]:
        """The words of the compose tool with the file of a version, whose paths still begin at the folder of the other file.

        Without a version, or without its file, the words as they are.
        """
        kept = self.file_of(version) if version else None
        place = _place_of_file(words)
        if kept is None or place is None:
            return list(words)
        folder = str(Path(words[place]).parent)
        return [*words[:place], str(kept), "--project-directory", folder, *words[place + 1 :]]

    def note(self, version: str, words: Sequence[str]) -> None:
        """Note that a version was deployed by these words of the compose tool, and keep their file."""
        self.notes.parent.mkdir(parents=True, exist_ok=True)
        place, kept = _place_of_file(words), self._kept(version)
        if place is not None and (file := ROOT / words[place]) != kept:
            kept.parent.mkdir(exist_ok=True)
            shutil.copyfile(file, kept)
        with self.notes.open("a") as notes:
            notes.write(f"{version}\n")

    def _kept(self, version: str) -> Path:
        return self.notes.with_name(f"{self.notes.name}-compose") / f"{version}.yaml"


def _place_of_file(words: Sequence[str]) -> int | None:
    """Where the words of a compose tool name its file; the last one, since COMPOSE may name another before."""
    places = [number for number, word in enumerate(words) if word == _FILE]
    return places[-1] + 1 if places else None
