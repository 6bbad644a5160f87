"""Finds the members that references of a manifest mean, in whatever spelling."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from urllib.parse import unquote

from shared.formats.file_paths import folded

# "The files of the package" in Common Cartridge, in old packages of Canvas, and in Common Cartridge 1.4.
_TOKENS = ("$IMS-CC-FILEBASE$", "$IMS_CC_FILEBASE$", "$1EdTech-CC-FILEBASE$")


class Hrefs:
    """Finds the member that an `href` means: exactly, percent-decoded, with other slashes, case or accents."""

    def __init__(self, names: Iterable[str]) -> None:
        """Index the members of a package."""
        self._names = frozenset(names)
        self._folded: dict[str, str] = {}
        # Of two members that differ in case alone, the first by name is found: reversed, so that it is stored last.
        for name in sorted(self._names, reverse=True):
            self._folded[folded(name)] = name

    def resolve(self, href: str, base: str = "") -> str | None:
        """The member's name; None for a missing member.

        `base` is the xml:base around the reference. A query or fragment is ignored unless it is part of a member's name.
        """
        written = href.strip().replace("\\", "/")
        bare = written.split("#", 1)[0].split("?", 1)[0]
        # Exact spellings first, so that a member whose name has "%20" or "?" in it is found by that.
        spellings = (written, unquote(written), bare, unquote(bare))
        paths = (_joined(folder, spelling) for spelling in spellings for folder in (base, ""))
        members = (path if path in self._names else self._folded.get(folded(path)) for path in paths)
        return next((name for name in members if name is not None), None)

    def attached(self, href: str, member: str) -> str | None:
        """The member of an attachment: by a path from its document, or by a token and a path from the package."""
        path = href
        for token in _TOKENS:
            path = path.replace(token, "web_resources").replace(token.replace("$", "%24"), "web_resources")
        bare = path.removeprefix("web_resources").lstrip("/.") if path != href else path
        folder = posixpath.dirname(member)
        return self.resolve(path, folder) or self.resolve(unquote(path)) or self.resolve(bare)


def _joined(base: str, href: str) -> str:
    """A path without empty, '.' and '..' steps; nothing leads above the package."""
    steps: list[str] = []
    for step in f"{base}/{href}".split("/"):
        if step == "..":
            steps[-1:] = []
        elif step not in ("", "."):
            steps.append(step)
    return "/".join(steps)
