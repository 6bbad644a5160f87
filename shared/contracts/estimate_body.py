"""What is expected of an export, as the API and events have it."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

Instant = Annotated[
    str,
    Meta(pattern=r"^\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", description="ISO 8601 in UTC with milliseconds"),
]


class EstimateBody(Struct, frozen=True, kw_only=True):
    """When an export is expected to start and end. Each range holds nine times of ten; what is unknown is absent.

    `place` is the one in the queue of its type, from 1, until a worker has the export; it is counted up to some hundreds,
    and estimated beyond. There are no times while no worker of the type is alive.
    """

    place: int | UnsetType = UNSET
    place_lowest: int | UnsetType = UNSET
    place_highest: int | UnsetType = UNSET
    starts_at: Instant | UnsetType = UNSET
    starts_earliest: Instant | UnsetType = UNSET
    starts_latest: Instant | UnsetType = UNSET
    ends_at: Instant | UnsetType = UNSET
    ends_earliest: Instant | UnsetType = UNSET
    ends_latest: Instant | UnsetType = UNSET
