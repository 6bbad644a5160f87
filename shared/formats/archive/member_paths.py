"""The paths that a member of a package may have."""

from __future__ import annotations

import re

from shared.domain.errors import DuplicatePath, UnsafePath

# Bytes: a zip counts a name's length in 16 bits.
_LONGEST = 0xFFFF
_ABSOLUTE = re.compile(r"[/\\]|[A-Za-z]:[/\\]")


def check_path(path: str, existing: set[str]) -> None:
    """Refuse an unsafe or repeated path, whatever it comes from.

    Raises UnsafePath for an empty, absolute or endless path, one with a `..`, `.` or empty segment (a directory's
    final '/' aside) or a NUL, and one that UTF-8 cannot encode; DuplicatePath for a path that is in `existing`.
    """
    segments = re.split(r"[/\\]", path.removesuffix("/"))
    if _ABSOLUTE.match(path) or "\0" in path or not {"", ".", ".."}.isdisjoint(segments):
        raise UnsafePath(f"{path!r} is not a path inside a package.", item=path)
    try:
        length = len(path.encode())
    except UnicodeEncodeError as error:
        raise UnsafePath(f"{path!r} is not Unicode text.", item=path) from error
    if length > _LONGEST:
        raise UnsafePath(f"A path of {length} bytes does not fit a zip.", item=path)
    if path in existing:
        raise DuplicatePath(f"The package already has a member {path!r}.", item=path)
