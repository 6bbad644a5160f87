"""Histories of objects, and streams of messages about them that arrive late, shuffled and doubled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from hypothesis import strategies as st

from shared.domain.content.version import Version

START = datetime(2026, 11, 27, 12, tzinfo=UTC)


class Change(NamedTuple):
    """A state that an object got: a title, or None for its deletion; and the version of that state."""

    object_id: int
    title: str | None
    version: Version


def _version(step: int, form: str) -> Version:
    """The version of the state after so many steps. Times of an object have whole seconds: two steps may share one."""
    sent = START + timedelta(milliseconds=400 * step)
    rounded = sent.replace(microsecond=0)
    return {
        "revision": Version(step),
        "both": Version(step // 2, rounded),
        "updated_at": Version(None, rounded, sent),
        "sent": Version(None, sent, sent),
    }[form]


@st.composite
def histories(draw: st.DrawFn) -> list[Change]:
    """What happened to a few objects, in order. Their senders give revisions, times, both or neither, by turns."""
    forms = st.sampled_from(["revision", "both", "updated_at", "sent"])
    steps = draw(st.lists(st.tuples(st.integers(1, 3), st.booleans(), forms), min_size=1, max_size=12))
    changes = {
        (object_id, _version(step, form)): Change(object_id, None if deleted else f"{step}", _version(step, form))
        for step, (object_id, deleted, form) in enumerate(steps, start=1)
    }
    return sorted(changes.values(), key=lambda change: change.version.key)


@st.composite
def streams(draw: st.DrawFn) -> tuple[list[Change], list[Change]]:
    """(a history, a stream of it): each change arrives once or more, in any order."""
    history = draw(histories())
    doubled = history + draw(st.lists(st.sampled_from(history), max_size=6))
    return history, draw(st.permutations(doubled))
