"""Deliveries: what is sent outside because of an event, once for each event, channel and target."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ChannelName(StrEnum):
    """A way to reach somebody outside."""

    WEBHOOK = "webhook"  # a target is the number of a webhook
    MAIL = "mail"  # a target is the number of a user


class DeliveryState(StrEnum):
    """What became of a delivery."""

    WAITING = "waiting"  # for its first or next try
    DELIVERED = "delivered"
    FAILED = "failed"  # it was given up
    DROPPED = "dropped"  # it is obsolete: its target is gone or disabled


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """A delivery to write. One under the same event, channel and target that was written before stays as it is."""

    event_id: str
    event_type: str
    channel: ChannelName
    target: str
    body: str  # JSON


@dataclass(frozen=True, slots=True)
class NoticeDelivery:
    """A delivery whose next try has begun: until the end of its lease it is nobody else's."""

    id: int
    event_id: str  # the same at each try
    event_type: str
    channel: ChannelName
    target: str
    body: str  # the same bytes at each try
    attempt: int  # 1, 2, ...: how often it was begun, whether or not it reached its target
    created_at: datetime
    tries: int = 0  # before this one that count


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A delivery with what has become of it so far."""

    id: int
    event_id: str
    event_type: str
    state: DeliveryState
    tries: int  # that count: see TryAgain
    due_at: datetime  # of the next try, while it waits
    answer: int | None  # status of the last answer
    reason: str | None  # why the last try did not deliver it
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Sent:
    """The receiver has it."""

    answer: int | None = None  # status of HTTP or SMTP


@dataclass(frozen=True, slots=True)
class TryAgain:
    """Not now: the next try is due after `wait_s` seconds."""

    wait_s: float
    reason: str
    answer: int | None = None
    counts: bool = True  # False: the try did not get as far as its target, and takes none of the tries of the delivery


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Never: there is no further try."""

    reason: str
    answer: int | None = None
    state: DeliveryState = DeliveryState.FAILED  # or DROPPED


SendOutcome = Sent | TryAgain | GiveUp
