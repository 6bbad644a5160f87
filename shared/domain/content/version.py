"""Which of two states of an object is the newer one: the rule by which a late message never overwrites a newer one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

_EARLIEST = datetime.min.replace(tzinfo=UTC)


class Version(NamedTuple):
    """How new a state of an object is. Times are aware.

    A state with a revision is newer than each one without: once an object has one, each later state needs one.
    """

    revision: int | None = None  # the sender's own number, which rises with each change
    changed_at: datetime | None = None  # its `updated_at`; without it and a revision, when its message was sent
    sent_at: datetime | None = None  # when its message was sent; None where it has a revision

    @property
    def key(self) -> tuple[int, datetime, datetime]:
        """The order of versions: by revision, then by time, then by the moment of sending; what is missing comes first."""
        revision = -1 if self.revision is None else self.revision
        return revision, self.changed_at or _EARLIEST, self.sent_at or _EARLIEST


def is_newer(new: Version, old: Version) -> bool:
    """Whether `new` replaces `old`; equal ones are not newer. The database has the same rule as content_is_newer."""
    return new.key > old.key
