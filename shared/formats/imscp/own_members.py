"""The members that this service adds to a package for people, which are no content: its report, and its page to read."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection
from itertools import chain, count

from shared.domain.report import MEMBER
from shared.formats.imscp.package_reader import PackageReader

INDEX = "index.html"
GENERATOR = '<meta name="generator" content="content-exports">'  # in the page, near its beginning

# Numbered where the course has a file of that name.
_INDEX = re.compile(r"index(?:-[0-9]+)?\.html")
_HEAD = 512  # bytes


def free_name(name: str, used: Collection[str]) -> str:
    """The name of a member of ours: numbered where a member of the course has that name."""
    stem, extension = posixpath.splitext(name)
    names = chain([name], (f"{stem}-{number}{extension}" for number in count(1)))
    return next(each for each in names if each not in used)


def own_members(package: PackageReader) -> set[str]:
    """The report and the page among the members; a page of another tool is no such page."""
    return {name for name in package.names if name == MEMBER or (_INDEX.fullmatch(name) and _is_page(package, name))}


def _is_page(package: PackageReader, name: str) -> bool:
    with package.open_member(name) as stream:
        return GENERATOR.encode() in stream.read(_HEAD)
