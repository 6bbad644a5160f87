"""Packages of other systems in forms of their own, which only those systems read: recognised, and named in a sentence.

Source: the packages themselves, by their public marks. Blackboard Learn writes `.bb-package-info`, and with D2L Brightspace
and WebCT a namespace into its manifest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from shared.formats.xml_reading.prolog import to_utf8

_HEAD = 64 * 1024  # bytes of a manifest within which its namespaces stand
_COMMON_CARTRIDGE = re.compile(rb"<(?:[\w.-]+:)?schema>[^<]*Common Cartridge", re.IGNORECASE)
_INSTEAD = "Export a Common Cartridge there instead."


class Members(Protocol):
    """The members of a package."""

    def __contains__(self, path: object) -> bool:
        """Whether there is such a member."""
        ...

    def head(self, path: str, length: int) -> bytes:
        """The first bytes of a member."""
        ...


@dataclass(frozen=True, slots=True)
class Native:
    """A form of package of one system: its name, and what of it a course can have."""

    name: str
    sentence: str


_MARKED = (
    (
        re.compile(rb"""["']https?://www\.blackboard\.com/content-packaging"""),
        Native(
            "native package of Blackboard Learn",
            f"Its pages, tests and settings are in .dat documents of Blackboard's own, which come in as files. {_INSTEAD}",
        ),
    ),
    (
        re.compile(rb"""["']https?://(?:www\.)?desire2learn\.com/xsd/d2lcp"""),
        Native(
            "native package of D2L Brightspace",
            "Its structure, pages, files and quizzes are taken in; discussions, dropboxes, grades and other documents of "
            f"Brightspace's own come in as files. {_INSTEAD}",
        ),
    ),
    (
        re.compile(rb"""["']https?://www\.webct\.com/"""),
        Native(
            "native package of WebCT",
            f"Its pages and files are taken in; documents of WebCT's own come in as files. {_INSTEAD}",
        ),
    ),
    (
        re.compile(rb"""["']https?://(?:www\.)?(?:angellearning|cyberlearninglabs)\.com"""),
        Native(
            "native package of ANGEL",
            f"Its pages and files are taken in; documents of ANGEL's own come in as files. {_INSTEAD}",
        ),
    ),
)
_BLACKBOARD = _MARKED[0][1]
_BLACKBOARD_MARK = ".bb-package-info"


def native_of(package: Members, manifest: str) -> Native | None:
    """The form of a package with a manifest; None for a Common Cartridge and for one without the mark of a system."""
    head = to_utf8(package.head(manifest, _HEAD)) if manifest in package else b""
    if _COMMON_CARTRIDGE.search(head):
        return None
    if _BLACKBOARD_MARK in package:
        return _BLACKBOARD
    return next((native for mark, native in _MARKED if mark.search(head)), None)
