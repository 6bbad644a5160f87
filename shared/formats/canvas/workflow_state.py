"""`workflow_state` of a package, and the two fields of the model behind it."""

from __future__ import annotations

from typing import Any

# The model keeps both: `published` is what REST changes, the exact state ("post_delayed") is what
# a package may say beyond it.
UNPUBLISHED = "unpublished"


def written(published: bool | None, workflow_state: str | None, on: str) -> str:
    """The element's text: `on` or `unpublished` as `published` says, or the exact state where that agrees with it.

    `on` is what a published object of the kind is called: `published` for assignments, `active` for most others.
    """
    if published is None:
        return workflow_state or on
    if workflow_state and (workflow_state != UNPUBLISHED) == published:
        return workflow_state
    return on if published else UNPUBLISHED


def read(text: str | None) -> dict[str, Any]:
    """`published` and `workflow_state` for the text of the element; nothing for an empty one."""
    state = (text or "").strip()
    return {"published": state != UNPUBLISHED, "workflow_state": state} if state else {}
