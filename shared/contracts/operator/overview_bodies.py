"""The JSON bodies of what operators see at a glance: queues, hours, services, and the system."""

from __future__ import annotations

from typing import Literal

from shared.contracts.api import moment, moment_or_null
from shared.contracts.bodies import Id, JsonBody, Moment
from shared.domain.export import ExportType
from shared.domain.operator.overview import HourOfExports, Lane, TypeQueue
from shared.domain.services import Service


class LaneBody(JsonBody, frozen=True, kw_only=True):
    """Exports of a size: how many wait for a worker, are held behind others of their owners, and are built.

    Each is counted up to 10,000.
    """

    lane: Literal["usual", "large"]
    waiting: int
    held: int
    building: int


class QueueBody(JsonBody, frozen=True, kw_only=True):
    """The queue of a type. `workers` and `slots` are of those that are alive and take exports."""

    export_type: ExportType
    lanes: list[LaneBody]
    oldest_waiting: Moment | None
    workers: int
    slots: int


class HourBody(JsonBody, frozen=True, kw_only=True):
    """The exports that ended within an hour, and how long they had waited: half of them, and nine in ten, at most so long.

    `export_type` is null for those of all types.
    """

    export_type: ExportType | None
    began: Moment
    exported: int
    failed: int
    median_wait_s: float | None
    longest_wait_s: float | None


class ServiceBody(JsonBody, frozen=True, kw_only=True):
    """An internal service: the commands that it may send, and for which users; null means all users."""

    name: str
    may: list[str]
    as_users: list[Id] | None


class SettingBody(JsonBody, frozen=True, kw_only=True):
    """A setting that is not at its default, by its environment variable. Both are null for a secret, and for addresses."""

    name: str
    value: str | None
    default: str | None


def queue_bodies(types: list[TypeQueue], lanes: list[Lane]) -> list[QueueBody]:
    """The queues as JSON."""
    return [
        QueueBody(
            export_type=each.export_type,
            lanes=[_lane_body(lane) for lane in lanes if lane.export_type is each.export_type],
            oldest_waiting=moment_or_null(each.oldest_waiting),
            workers=each.workers,
            slots=each.slots,
        )
        for each in types
    ]


def hour_body(hour: HourOfExports) -> HourBody:
    """An hour as JSON."""
    return HourBody(
        export_type=hour.export_type,
        began=moment(hour.began),
        exported=hour.exported,
        failed=hour.failed,
        median_wait_s=hour.median_wait_s,
        longest_wait_s=hour.longest_wait_s,
    )


def service_body(service: Service) -> ServiceBody:
    """A service as JSON."""
    as_users = None if service.as_users is None else sorted(service.as_users)
    return ServiceBody(name=service.name, may=sorted(service.may), as_users=as_users)


def _lane_body(lane: Lane) -> LaneBody:
    return LaneBody(
        lane="large" if lane.large else "usual", waiting=lane.waiting, held=lane.held, building=lane.building
    )
