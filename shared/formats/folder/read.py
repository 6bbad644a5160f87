"""A folder of JSON objects in the Canvas REST shape, with the bytes of its files, as a course.

    course.json               the course
    <kind>.json               a list of objects, for every kind of content: pages.json, quiz_questions.json, ...
    <kind>/*.json             an object a document, for large ones: pages/welcome.json
    files/                    the bytes of the files, by their folders below "course files" and their display names

folders.json and files.json describe the contents of files/; what they do not list is read too.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from shared.domain.content.assignments import AssignmentOverride
from shared.domain.content.content_object import Content
from shared.domain.content.course import Course
from shared.domain.content.questions import Question
from shared.domain.content.registry import TYPES
from shared.domain.errors import InvalidContent
from shared.domain.kinds import Kind, family
from shared.domain.path_ids import is_id
from shared.domain.warning_codes import WarningCode
from shared.formats.canvas.assignment_element import overrides_for_people
from shared.formats.dangling_references import warn_dangling
from shared.formats.folder.documents import COURSE, JsonObject, course_object, objects, warn_of_unknown_documents
from shared.formats.folder.file_tree import read_files
from shared.formats.folder.folder_members import members_of
from shared.formats.folder.moved_links import move_links
from shared.formats.folder.nested_objects import PlacedObject, flattened
from shared.formats.folder.page_ids import with_page_ids
from shared.formats.importing import Importing
from shared.formats.item_times import impossible_times, without_impossible_times
from shared.formats.limits import Limits
from shared.formats.odd_fields import read_object
from shared.formats.qti.surplus_answers import surplus_answers

_MOST_TITLES = 10  # of overrides in one sentence


def read(folder: Path, importing: Importing, limits: Limits | None = None, *, is_course: bool = True) -> Importing:
    """Everything of the folder in the content model, under its own ids; a warning names everything else.

    Links to the course that course.json names become links to the course that is loaded into. Objects come in the order
    of their ids, whatever the order of the documents.
    The folder of a group or a user, which is no course, needs no course.json. Raises UnreadablePackage without a course.json, InvalidContent for one without a course, HostilePackage for a
    broken limit, for links and for names that lead out of the folder.
    """
    members = members_of(folder, limits)
    document = course_object(members) if is_course or COURSE in members.files else None
    course = Course(id=importing.course_id) if document is None else _course(document)
    importing.course = msgspec.structs.replace(course, id=importing.course_id)
    listed = [PlacedObject(kind, each) for kind in TYPES for each in objects(members, kind, importing)]
    added: dict[tuple[Kind, int], _AddedObject] = {}
    for placed in flattened(with_page_ids(listed, importing), importing):
        _take(placed, added, importing)
    read_files(members, importing)
    warn_dangling(importing)
    warn_of_unknown_documents(members, importing)
    for items in importing.objects.values():
        # The order of files in a folder differs between systems; the order of ids does not.
        items.sort(key=lambda item: item.id)
    move_links(importing, course.id)
    return importing


def _course(document: dict[str, Any]) -> Course:
    try:
        return Course.from_json(document)
    except InvalidContent as error:
        raise InvalidContent(f"{COURSE}: {error}", item=COURSE) from error


class _AddedObject(NamedTuple):
    """An object that was added, and the place that it was read from."""

    place: str
    item: Content


def _take(placed: PlacedObject, added: dict[tuple[Kind, int], _AddedObject], importing: Importing) -> None:
    """Add an object, or warn of its fault. Announcements share the ids of discussion topics.

    An object that was found inside of another is no second one where a document of its own kind lists it: that one only
    gets the id of the object around it.
    """
    kind, place = placed.kind, placed.object.place
    item = _read(kind, placed.object, importing)
    if item is None:
        return
    if not is_id(item.id):
        importing.warn(WarningCode.INVALID_ID, place, f"{place} was left out: {item.id} is not an id.")
        return
    first = added.get((family(kind), item.id))
    if first is None:
        added[family(kind), item.id] = _AddedObject(place, item)
        importing.add(kind, item)
        importing.remember(family(kind), item.id, "", item.migration_id)
    elif placed.parent_field is not None:
        if placed.parent_field and getattr(first.item, placed.parent_field, 0) is None:
            setattr(first.item, placed.parent_field, getattr(item, placed.parent_field))
    else:
        importing.warn(WarningCode.ID_REPEATED, place, f"{place} was left out: {first.place} has the id {item.id} too.")


def _read(kind: Kind, document_object: JsonObject, importing: Importing) -> Content | None:
    """The object without invalid fields and times, each a warning; None if it is not an object."""
    place = document_object.place
    reading = read_object(TYPES[kind], document_object.data)
    if reading.item is None:
        importing.warn(WarningCode.INVALID_CONTENT, place, f"{place} was left out: {reading.faults[-1]}.")
        return None
    for fault in reading.faults:
        importing.warn(WarningCode.INVALID_CONTENT, place, f"A field of {place} was left out: {fault}.")
    for code, predicate in surplus_answers(reading.item) if isinstance(reading.item, Question) else ():
        importing.warn(code, place, f"{place} {predicate}.")
    _warn_of_overrides(reading.item, place, importing)
    for time in impossible_times(reading.item):
        importing.warn(WarningCode.VALUE_UNREADABLE, place, f"{place}: {time.message}")
    item: Content = without_impossible_times(reading.item)
    return item


def _warn_of_overrides(item: Content, place: str, importing: Importing) -> None:
    """Name the overrides of an assignment or a quiz that no export will have."""
    overrides = getattr(item, "overrides", None) or getattr(item, "assignment_overrides", None)
    left_out = overrides_for_people(each for each in overrides or () if isinstance(each, AssignmentOverride))
    if left_out:
        titles = ", ".join(str(override.title or override.id) for override in left_out[:_MOST_TITLES])
        more = ", ..." if left_out[_MOST_TITLES:] else ""
        sentence = f"{place} has {len(left_out)} overrides for people, which no package has: {titles}{more}."
        importing.warn(WarningCode.OVERRIDE_LEFT_OUT, place, sentence)
