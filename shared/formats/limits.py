"""The limits of a package, or a folder, that is loaded; one that exceeds a limit is refused before anything is written."""

from __future__ import annotations

from dataclasses import dataclass

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes are in bytes."""

    entries: int = 200_000
    total_bytes: int = 100 * 1024 * _MIB  # of all members, uncompressed
    document_bytes: int = 128 * _MIB  # of a member that is held in memory: XML, HTML, JSON
    # Tags and attributes of an XML member, each of which costs some 150 bytes.
    document_nodes: int = 5_000_000
    # Elements within elements of an XML member: readers go down one by one.
    document_depth: int = 150
    # Uncompressed to compressed, of a member above `ratio_from`; deflate can reach 1032.
    ratio: int = 200
    ratio_from: int = 10 * _MIB
    path_length: int = 1024  # characters of a member's path
