"""References to members, as manifests spell them and as the members are really called."""

from __future__ import annotations

import posixpath
import unicodedata
from collections.abc import Iterable
from urllib.parse import unquote

_TOKENS = ("$IMS-CC-FILEBASE$", "$IMS_CC_FILEBASE$", "$1EdTech-CC-FILEBASE$")  # "the files of the package"


class Hrefs:
    """Finds the member that an `href` means: exactly, percent-decoded, with other slashes, case or accents."""

    def __init__(self, names: Iterable[str]) -> None:
        """Index the members of a package."""
        self._names = frozenset(names)
        self._folded: dict[str, str] = {}
        for name in sorted(self._names, reverse=True):
            self._folded[_folded(name)] = name

    def resolve(self, href: str, base: str = "") -> str | None:
        """The member's name; None where the package has none of that name.

        `base` is the xml:base around the reference. A query or fragment is left out where the name with it is no member.
        """
        written = href.strip().replace("\\", "/")
        bare = written.split("#", 1)[0].split("?", 1)[0]
        spellings = (written, unquote(written), bare, unquote(bare))
        paths = (_joined(folder, spelling) for spelling in spellings for folder in (base, ""))
        found = (path if path in self._names else self._folded.get(_folded(path)) for path in paths)
        return next((name for name in found if name is not None), None)

    def attached(self, href: str, member: str) -> str | None:
        """The member that an attachment of a document means: a path from the document, or from the package by a token."""
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


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()
