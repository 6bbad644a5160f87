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
    """The tabs with keys for the ids of tools and links."""

    def key_of(kind: Kind, token: str) -> str | None:
        if token.isdecimal() and packing.knows(kind, int(token)):
            return packing.key(kind, int(token))
        # Canvas drops the tab of a missing link. The number of another tool is that of one of the account, and stays.
        return None if kind is Kind.NAV_MENU_LINKS else token

    return _renamed(tabs, key_of)


def read(tabs: Tabs, importing: Importing) -> Tabs:
    """The tabs with ids for the keys of tools and links; the numbers of the account's tools stay."""

    def id_of(kind: Kind, token: str) -> str:
        return token if token.isdecimal() else str(importing.id_of(kind, token))

    return _renamed(tabs, id_of)


def _renamed(tabs: Tabs, rename: Callable[[Kind, str], str | None]) -> Tabs:
    renamed = []
    for tab in tabs:
        match = _TAB.fullmatch(str(tab.get("id")))
        token = rename(_KINDS[match[1]], match[2]) if match else None
        if match is None:
            renamed.append(tab)
        elif token is not None:
            renamed.append({**tab, "id": f"{match[1]}_{token}"})
    return renamed
