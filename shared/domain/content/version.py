"""Which of two states of an object is the newer one: the rule by which a late message never overwrites a newer one."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple


class Version(NamedTuple):
    """How new a state of an object is. Times are aware."""

    revision: int | None = None  # the sender's own number, which rises with each change
    changed_at: datetime | None = None  # its `updated_at`; without it, when its message was sent
    sent_at: datetime | None = None  # when its message was sent


def is_newer(new: Version, old: Version) -> bool:
    """Whether `new` replaces `old`. Equal ones are not newer.

    Revisions decide where both have one; then times; of one time, the message that was sent later. A state without any
    of them is the newest. The database has the same rule as content_is_newer.
    """
    if new.revision is not None and old.revision is not None:
        return new.revision > old.revision
    if new.changed_at is None or old.changed_at is None:
        return True
    if new.changed_at != old.changed_at:
        return new.changed_at > old.changed_at
    if new.sent_at is None or old.sent_at is None:
        return new.sent_at is not None and old.sent_at is None
    return new.sent_at > old.sent_at
