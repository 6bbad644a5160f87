"""Internal services: which commands each may send, for which users, and where it may be answered."""

from __future__ import annotations

import re
from enum import StrEnum

from msgspec import Struct

# A name is a user of the broker, a part of names of queues, and a word of a command line.
SERVICE_NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")

_DIRECT_REPLY = "amq.rabbitmq.reply-to"  # RabbitMQ's "direct reply-to": the broker makes a longer name of it
_ANONYMOUS = "amq.gen-"  # what the broker calls a queue that was declared without a name


class Right(StrEnum):
    """What a service may do. Those of exports are named after their commands."""

    EXPORT_REQUEST = "export.request"
    EXPORT_CANCEL = "export.cancel"
    EXPORT_RETRY = "export.retry"
    EXPORT_INTERACTIVE = "export.interactive"  # its requests may have the priority of a person who waits
    CONTENT_WRITE = "content.write"


class Service(Struct, frozen=True, kw_only=True):
    """A service that may send commands. Its name is that of its user on the broker."""

    name: str
    may: frozenset[str] = frozenset()  # Rights, or those of a later version
    as_users: frozenset[int] | None = None  # the users that its commands may name; None: all

    def acts_as(self, user_id: int) -> bool:
        """Whether its commands may name this user. What they may do is then decided by the rights of that user."""
        return self.as_users is None or user_id in self.as_users


def owns_queue(service: str | None, queue: str) -> bool:
    """Whether a reply may be sent to this queue: direct reply-to, one without a name, or one under the service's name.

    Anything else would make this system write where the service itself may not. The users of the broker are limited to
    the same names (broker_users.py).
    """
    if queue.startswith((_DIRECT_REPLY, _ANONYMOUS)):
        return True
    return service is not None and queue.startswith(f"{service}.")
