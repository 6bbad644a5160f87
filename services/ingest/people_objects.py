"""Courses, groups, users, enrollments and memberships in the shape of REST: read and checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from shared.contracts.content_commands import PeopleKind
from shared.domain.content.course import Course
from shared.domain.content.version import Version
from shared.domain.path_ids import LARGEST_NEW_ID, is_id
from shared.formats.odd_fields import fault_place, read_object
from shared.intake.message_reader import OBJECTS_PATH, UNSTORABLE, MessageReader
from shared.intake.taken_objects import object_version, unstorable_texts

_ROLES = {
    "TeacherEnrollment": "teacher",
    "TaEnrollment": "ta",
    "DesignerEnrollment": "designer",
    "StudentEnrollment": "student",
    "StudentViewEnrollment": "student",
    "ObserverEnrollment": "observer",
}
_STATES = {  # of REST enrollments -> ours; who has not accepted an invitation, or is inactive, has no rights
    "active": "active",
    "completed": "completed",
    **dict.fromkeys(("deleted", "rejected", "inactive", "invited", "creation_pending"), "deleted"),
}
_MEMBER_STATES = {"accepted": "accepted", "active": "accepted", **dict.fromkeys(("invited", "requested", "rejected", "deleted"), "deleted")}  # fmt: skip
SIS_FIELDS = {
    PeopleKind.COURSES: "sis_course_id",
    PeopleKind.GROUPS: "sis_group_id",
    PeopleKind.USERS: "sis_user_id",
}
_NOT_KEPT = frozenset({"id", "revision", "users", "enrollments", "user"})  # what has a place of its own


class _TypedFields(Struct):
    """The fields of users and groups whose types matter here. Others are kept as they are."""

    id: int | None = None
    name: str | None = None
    sis_user_id: str | None = None
    sis_group_id: str | None = None
    integration_id: str | None = None
    login_id: str | None = None
    email: str | None = None
    locale: str | None = None
    time_zone: str | None = None
    course_id: int | None = None
    workflow_state: str | None = None


class _Member(Struct):
    """REST Enrollment and GroupMembership, as far as rights depend on them."""

    user_id: int | None = None
    sis_user_id: str | None = None
    course_id: int | None = None
    sis_course_id: str | None = None
    group_id: int | None = None
    sis_group_id: str | None = None
    type: str | None = None
    role: str | None = None
    enrollment_state: str | None = None
    workflow_state: str | None = None


class PersonObject(NamedTuple):
    """A course, a group or a user. Without an id it is the one of its SIS id, or a new one."""

    path: str
    id: int | None
    sis_id: str | None
    body: dict[str, Any]
    version: Version
    deleted: bool
    course_id: int | None = None  # of a group


class MemberObject(NamedTuple):
    """A user in a course or a group, each by its id or its SIS id; None: in the context of the message."""

    path: str
    user: int | str
    context: int | str | None
    role: str
    state: str
    version: Version


@dataclass(slots=True)
class PeopleReader(MessageReader):
    """Reads the objects of one message. What is wrong is in `refused`."""

    sent_at: datetime | None

    def people(self, kind: PeopleKind, objects: Sequence[Any]) -> list[PersonObject]:
        """The courses, groups or users; what has a fault is left out."""
        read = [self._person(kind, place, data) for place, data in self.placed(objects)]
        return [each for each in read if each is not None]

    def members(self, kind: PeopleKind, objects: Sequence[Any]) -> list[MemberObject]:
        """The enrollments or memberships; what has a fault is left out."""
        read = [self._member(kind, place, data) for place, data in self.placed(objects)]
        return [each for each in read if each is not None]

    def inner_users(self, objects: Sequence[Any]) -> list[PersonObject]:
        """The users inside of objects: `user` of an enrollment, which is as new as the enrollment."""
        people = []
        for number, data in enumerate(objects):
            user, place = data.get("user") if isinstance(data, dict) else None, f"{OBJECTS_PATH}[{number}]"
            if isinstance(user, dict) and user.keys() > {"id"}:
                dated = {**{name: data.get(name) for name in ("revision", "updated_at")}, **user}
                people.append(self._person(PeopleKind.USERS, f"{place}.user", dated))
        return [each for each in people if each is not None]

    def _person(self, kind: PeopleKind, place: str, data: dict[str, Any]) -> PersonObject | None:
        person_or_fault = _person_of(kind, place, data, self.sent_at)
        if isinstance(person_or_fault, PersonObject):
            return person_or_fault
        path, sentence = person_or_fault
        self.refuse(f"{place}.{path}" if path else place, sentence, data.get("id"))
        return None

    def _member(self, kind: PeopleKind, place: str, data: dict[str, Any]) -> MemberObject | None:
        member_or_fault = _member_of(kind, place, data, self.sent_at)
        if isinstance(member_or_fault, MemberObject):
            return member_or_fault
        path, sentence = member_or_fault
        self.refuse(f"{place}.{path}", sentence)
        return None


def role_of(name: str | None) -> str | None:
    """The role of an enrollment in any form: student, StudentEnrollment; None for an unknown one."""
    if name is None:
        return None
    return name if name in _ROLES.values() else _ROLES.get(name)


Fault = tuple[str, str]  # the path within the object, and a sentence


def _person_of(kind: PeopleKind, place: str, data: Mapping[str, Any], sent_at: datetime | None) -> PersonObject | Fault:
    fault = _person_fault(kind, data) or _common_fault(data)
    if fault is not None:
        return fault
    version = object_version(data, sent_at)
    if not isinstance(version, Version):
        return version
    body = {name: value for name, value in data.items() if name not in _NOT_KEPT}
    deleted = data.get("workflow_state") == "deleted"
    return PersonObject(
        place, data.get("id"), data.get(SIS_FIELDS[kind]), body, version, deleted, data.get("course_id")
    )


def _person_fault(kind: PeopleKind, data: Mapping[str, Any]) -> Fault | None:
    object_id = data.get("id")
    if object_id is None and not data.get(SIS_FIELDS[kind]):
        return "id", f"It has neither an id nor a {SIS_FIELDS[kind]}."
    if object_id is not None and (type(object_id) is not int or not is_id(object_id)):
        return "id", f"{str(object_id)[:40]} is not an id."
    if object_id is not None and object_id > LARGEST_NEW_ID:
        return "id", f"{object_id} is larger than {LARGEST_NEW_ID}, the largest id that a {kind.value[:-1]} can have."
    if "site_admin" in data:
        return "site_admin", "Site admins are appointed by operators alone."
    try:
        fields = msgspec.convert(data, _TypedFields)
    except msgspec.ValidationError as error:
        return fault_place(str(error))
    if fields.course_id is not None and not is_id(fields.course_id):
        return "course_id", f"{fields.course_id} is not an id."
    if kind is PeopleKind.COURSES:
        reading = read_object(Course, {**data, "id": object_id or 1})
        return fault_place(reading.faults[0]) if reading.faults else None
    return None


def _common_fault(data: Mapping[str, Any]) -> Fault | None:
    path = next(unstorable_texts(data, ""), None)
    return None if path is None else (path.removeprefix("."), UNSTORABLE)


def _member_of(kind: PeopleKind, place: str, data: Mapping[str, Any], sent_at: datetime | None) -> MemberObject | Fault:
    try:
        member = msgspec.convert(data, _Member)
    except msgspec.ValidationError as error:
        return fault_place(str(error))
    if (fault := _common_fault(data)) is not None:
        return fault
    version = object_version(data, sent_at)
    return _checked_member(kind, place, member, version) if isinstance(version, Version) else version


def _checked_member(kind: PeopleKind, place: str, member: _Member, version: Version) -> MemberObject | Fault:
    user = member.user_id if member.user_id is not None else member.sis_user_id
    if user is None or (isinstance(user, int) and not is_id(user)):
        return "user_id", "It names no user by user_id or sis_user_id."
    is_enrollment = kind is PeopleKind.ENROLLMENTS
    by_id, by_sis = (
        (member.course_id, member.sis_course_id) if is_enrollment else (member.group_id, member.sis_group_id)
    )
    if by_id is not None and not is_id(by_id):
        return ("course_id" if is_enrollment else "group_id"), f"{by_id} is not an id."
    role = (role_of(member.type) or role_of(member.role)) if is_enrollment else ""
    if role is None:
        return "type", f"{str(member.type or member.role)[:40]!r} is no type of enrollment."
    state_name = member.enrollment_state or member.workflow_state
    states = _STATES if is_enrollment else _MEMBER_STATES
    state = states.get(state_name or ("active" if is_enrollment else "accepted"))
    if state is None:
        return (
            "enrollment_state" if member.enrollment_state else "workflow_state"
        ), f"{str(state_name)[:40]!r} is no state."
    return MemberObject(place, user, by_id if by_id is not None else by_sis, role, state, version)
