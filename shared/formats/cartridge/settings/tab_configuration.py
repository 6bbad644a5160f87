"""The tabs of a course's navigation: ids in the course, identifiers in a package."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from shared.domain.kinds import Kind
from shared.formats.importing import Importing
from shared.formats.packing import Packing

_TOOL = "context_external_tool"
_LINK = "nav_menu_link"
_TAB = re.compile(rf"({_TOOL}|{_LINK})_(\w+)")
_KINDS = {_TOOL: Kind.EXTERNAL_TOOLS, _LINK: Kind.NAV_MENU_LINKS}

Tabs = list[dict[str, Any]]


def written(tabs: Tabs, packing: Packing) -> Tabs:
    """The tabs with keys for the ids of tools and links. A link that is not there is left out, a tool stays a number."""

    def renamed(kind: Kind, token: str) -> str | None:
        if token.isdecimal() and packing.knows(kind, int(token)):
            return packing.key(kind, int(token))
        return None if kind is Kind.NAV_MENU_LINKS else token

    return _renamed(tabs, renamed)


def read(tabs: Tabs, importing: Importing) -> Tabs:
    """The tabs with ids for the keys of tools and links; numbers are those of the account's tools and stay."""

    def renamed(kind: Kind, token: str) -> str:
        return token if token.isdecimal() else str(importing.id_of(kind, token))

    return _renamed(tabs, renamed)


def _renamed(tabs: Tabs, rename: Callable[[Kind, str], str | None]) -> Tabs:
    found = []
    for tab in tabs:
        match = _TAB.fullmatch(str(tab.get("id")))
        token = rename(_KINDS[match[1]], match[2]) if match else None
        if match is None:
            found.append(tab)
        elif token is not None:
            found.append({**tab, "id": f"{match[1]}_{token}"})
    return found
