"""Commands of internal services about content, and the replies to them: the data of CloudEvents.

The types are `content.<kind>.upsert.v1`, `content.<kind>.delete.v1` and `content.sync.v1`. A field of the wrong type is an
error; unknown fields are ignored, and null is an absent field. Within `.v1` fields are only added.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from msgspec import Meta, Struct

from shared.domain.content.registry import TYPES

_LARGEST_ID = 2**63 - 1  # of a bigint
_MOST_OBJECTS = 10_000  # of a message; 1 MiB has seldom more than a few thousand

SYNC_TYPE = "content.sync.v1"


class PeopleKind(StrEnum):
    """The kinds that are no content of a context: contexts, people, and what ties them together."""

    COURSES = "courses"
    GROUPS = "groups"
    USERS = "users"
    ENROLLMENTS = "enrollments"
    GROUP_MEMBERSHIPS = "group_memberships"


# Every kind that a message may be about: pages, files, ..., courses, users.
CONTENT_KINDS: tuple[str, ...] = (*(kind.value for kind in TYPES), *(kind.value for kind in PeopleKind))


def upsert_type(kind: str) -> str:
    """The type of the command that writes objects of a kind: `content.pages.upsert.v1`."""
    return f"content.{kind}.upsert.v1"


def delete_type(kind: str) -> str:
    """The type of the command that deletes objects of a kind: `content.pages.delete.v1`."""
    return f"content.{kind}.delete.v1"


ContextName = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=1024,
        description="courses/42, courses/sis_course_id:TIDES, groups/3, users/9; without it, the subject of the event",
    ),
]
ObjectId = Annotated[int, Meta(ge=1, le=_LARGEST_ID)]
Revision = Annotated[int, Meta(ge=0, le=_LARGEST_ID, description="rises with each change of the object")]
Moment = Annotated[datetime, Meta(tz=True, description="ISO 8601 with a zone: 2026-11-27T12:00:00Z")]
SyncName = Annotated[
    str,
    Meta(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9._:-]+$", description="new for each sync of a context"),
]


# Any value is accepted here, so that one that is no object is refused by itself.
_Object = Annotated[Any, Meta(extra_json_schema={"type": "object"})]


class ContentUpsertData(Struct, frozen=True, kw_only=True):
    """`content.<kind>.upsert.v1`: write objects. From a service, to the intake of content; safe to send twice.

    Each object is in the shape of Canvas's REST API for the kind, with what REST nests in it, and a `revision`, else an
    `updated_at`, else it is as old as the event's `time`. An older object never overwrites a newer one; one with a revision
    is newer than each one without, so that an object that has had one needs one from then on. A file has the `sha256` and `size` of bytes that were sent by `PUT /api/v1/blobs/{sha256}`.
    Courses and users need no context; groups, enrollments and group memberships name theirs, or are in one.
    """

    objects: Annotated[list[_Object], Meta(min_length=1, max_length=_MOST_OBJECTS)]
    context: ContextName | None = None
    sync: SyncName | None = None  # of a whole context: the objects wait until its end


class MemberKey(Struct, frozen=True, kw_only=True):
    """An enrollment of a course (with its role) or a membership of a group, which have no id here."""

    user_id: ObjectId
    role: str | None = None  # of an enrollment, in any form that an enrollment may have: student, StudentEnrollment


class ContentDeleteData(Struct, frozen=True, kw_only=True):
    """`content.<kind>.delete.v1`: delete objects. From a service, to the intake of content; safe to send twice.

    `revision` or `updated_at` is the one of the deletion, of all the objects; without either, the event's `time`. An upsert
    that is older does not bring an object back, however late it comes.
    """

    ids: Annotated[list[ObjectId | MemberKey], Meta(min_length=1, max_length=_MOST_OBJECTS)]
    context: ContextName | None = None
    revision: Revision | None = None
    updated_at: Moment | None = None


class SyncPhase(StrEnum):
    """Where a sync stands."""

    BEGIN = "begin"
    END = "end"
    ABORT = "abort"  # nothing of it is written


class ContentSyncData(Struct, frozen=True, kw_only=True):
    """`content.sync.v1`: replace all content of a context. From a service, to the intake of content; safe to send twice.

    Objects that carry `sync` between begin and end wait; at the end they are written, and all that they do not name is
    deleted, at one moment. A context has one sync at a time.
    """

    sync: SyncName
    phase: SyncPhase
    context: ContextName | None = None


class ContentReplyType(StrEnum):
    """The replies to commands about content."""

    ACCEPTED = "content.accepted.v1"  # the data is a ContentAccepted
    REFUSED = "content.refused.v1"  # the data is a Problem (commands.py): nothing of the command was done


class RefusedObject(Struct, frozen=True, kw_only=True):
    """An object that was not taken: the path of the field in the message, and what is wrong with it."""

    path: str  # data.objects[3].title
    message: str
    id: int | None = None


class MissingFile(Struct, frozen=True, kw_only=True):
    """A file that is kept, and whose bytes are not here yet: it is complete once they are sent."""

    id: int
    sha256: str | None = None  # None: the object does not name its bytes


class ContentAccepted(Struct, frozen=True, kw_only=True):
    """What became of the objects of a command, those inside other objects included.

    `taken` were written or deleted, `unchanged` were here as they are, `older` than what is here. `deleted` is of the end of
    a sync: what it did not name.
    """

    taken: int
    unchanged: int
    older: int
    deleted: int = 0
    refused: list[RefusedObject] = []
    files_missing: list[MissingFile] = []
    sync: str | None = None
