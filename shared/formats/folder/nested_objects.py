"""Objects inside objects, as REST answers give them: flattened, so that each is an object of its own.

A module has its items (`include[]=items`), an assignment group its assignments, an assignment its rubric, a graded
topic its assignment, an outcome group its outcomes. What a document of its own kind lists too is taken from there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats.folder.documents import JsonObject
from shared.formats.identifiers import hashed
from shared.formats.importing import Importing


class PlacedObject(NamedTuple):
    """An object of a kind, and the field of it that names the object around it.

    The field is "" where only the object around it names it, and None for an object that a document lists.
    """

    kind: Kind
    object: JsonObject
    parent_field: str | None = None


class _Nesting(NamedTuple):
    """A field whose objects are of another kind; `parent_field` of theirs has the id of the object around them."""

    field: str
    kind: Kind
    parent_field: str


_TOPIC = (_Nesting("assignment", Kind.ASSIGNMENTS, "discussion_topic_id"),)
_QUESTIONS = ("quiz_questions", "questions", "assessment_questions", "bank_questions")
_NESTINGS: Mapping[Kind, tuple[_Nesting, ...]] = {
    Kind.MODULES: (_Nesting("items", Kind.MODULE_ITEMS, "module_id"),),
    Kind.ASSIGNMENT_GROUPS: (_Nesting("assignments", Kind.ASSIGNMENTS, "assignment_group_id"),),
    Kind.ASSIGNMENTS: (_Nesting("discussion_topic", Kind.DISCUSSION_TOPICS, "assignment_id"),),
    Kind.DISCUSSION_TOPICS: _TOPIC,
    Kind.ANNOUNCEMENTS: _TOPIC,
    Kind.PAGES: (_Nesting("assignment", Kind.ASSIGNMENTS, "page_id"),),
    Kind.QUIZZES: (
        _Nesting("assignment", Kind.ASSIGNMENTS, "quiz_id"),
        *(_Nesting(name, Kind.QUIZ_QUESTIONS, "quiz_id") for name in _QUESTIONS[:2]),
        *(_Nesting(name, Kind.QUIZ_GROUPS, "quiz_id") for name in ("quiz_groups", "groups")),
    ),
    Kind.QUESTION_BANKS: tuple(_Nesting(name, Kind.BANK_QUESTIONS, "question_bank_id") for name in _QUESTIONS[1:]),
    Kind.LEARNING_OUTCOME_GROUPS: (
        _Nesting("outcomes", Kind.LEARNING_OUTCOMES, "outcome_group_id"),
        _Nesting("subgroups", Kind.LEARNING_OUTCOME_GROUPS, "parent_outcome_group_id"),
    ),
    Kind.FOLDERS: (
        _Nesting("files", Kind.FILES, "folder_id"),
        _Nesting("folders", Kind.FOLDERS, "parent_folder_id"),
    ),
    Kind.FILES: (_Nesting("media_tracks", Kind.MEDIA_TRACKS, "file_id"),),
}
_DEEPEST = 50  # objects inside each other; outcome groups and folders nest
# The field of an object that names the assignment that was found in it.
_GRADED = {
    "discussion_topic_id": "assignment_id",
    "quiz_id": "assignment_id",
    "page_id": "assignment_id",
}
_RUBRIC_SETTINGS = ("title", "points_possible", "free_form_criterion_comments", "hide_score_total")


def flattened(listed: Iterable[PlacedObject], importing: Importing) -> list[PlacedObject]:
    """All objects: those of the documents without what is inside them, then what was inside them."""
    outer: list[PlacedObject] = []
    inner: list[PlacedObject] = []
    for each in listed:
        data = dict(each.object.data)
        outer.append(PlacedObject(each.kind, JsonObject(each.object.place, data)))
        inner += _inside(each.kind, data, each.object.place, importing, _DEEPEST)
    return outer + inner


def _inside(kind: Kind, data: dict[str, Any], place: str, importing: Importing, depth: int) -> Iterator[PlacedObject]:
    """The objects inside an object, which loses their fields, and those inside of them; none of a deleted one."""
    if data.get("workflow_state") == "deleted":
        return
    if kind is Kind.ASSIGNMENTS:
        _set_checkpoints(data)
        yield from _rubric(data, place, importing)
    for nesting in _NESTINGS.get(kind, ()):
        for child, where in _children(data, nesting, place, importing):
            _connect(data, child, kind, nesting)
            if child.keys() <= {"id", nesting.parent_field}:  # a mere reference
                continue
            yield PlacedObject(nesting.kind, JsonObject(where, child), nesting.parent_field)
            if depth:
                yield from _inside(nesting.kind, child, where, importing, depth - 1)


def _children(
    data: dict[str, Any], nesting: _Nesting, place: str, importing: Importing
) -> Iterator[tuple[dict[str, Any], str]]:
    """The objects in a field, each with its place; the field is removed. Anything else there is a warning."""
    value = data.get(nesting.field)
    if not isinstance(value, (list, dict)):
        return
    del data[nesting.field]
    single = isinstance(value, dict)
    for number, child in enumerate([value] if single else value):
        where = f"{place}.{nesting.field}" if single else f"{place}.{nesting.field}[{number}]"
        if not isinstance(child, dict):
            importing.warn(WarningCode.NO_OBJECT, where, f"{where} is not a JSON object and was left out.")
            continue
        # REST OutcomeLink: the outcome is inside of the link.
        linked = child.get("outcome") if nesting.kind is Kind.LEARNING_OUTCOMES else None
        yield dict(linked if isinstance(linked, dict) else child), where


def _connect(parent: dict[str, Any], child: dict[str, Any], kind: Kind, nesting: _Nesting) -> None:
    """Let the child name its parent, unless it names one itself; a graded object names its assignment."""
    parent_id = parent.get("id", parent.get("page_id") if kind is Kind.PAGES else None)
    if child.get(nesting.parent_field) is None and parent_id is not None:
        child[nesting.parent_field] = parent_id
    names = _GRADED.get(nesting.parent_field) if nesting.kind is Kind.ASSIGNMENTS else None
    names = "discussion_topic_id" if kind is Kind.ASSIGNMENTS else names
    if names and parent.get(names) is None and child.get("id") is not None:
        parent[names] = child["id"]
    if nesting.parent_field == "discussion_topic_id" and parent.get("checkpoints") and not child.get("checkpoints"):
        child["checkpoints"] = parent.pop("checkpoints")


def _set_checkpoints(assignment: dict[str, Any]) -> None:
    """REST `checkpoints` of an assignment as the `sub_assignments` of a package; each has its `tag` and may lack an id."""
    checkpoints = assignment.get("checkpoints")
    if not isinstance(checkpoints, list) or assignment.get("sub_assignments"):
        return
    del assignment["checkpoints"]
    listed = [checkpoint for checkpoint in checkpoints if isinstance(checkpoint, dict)]
    assignment["sub_assignments"] = [_checkpoint(checkpoint, assignment) for checkpoint in listed]


def _checkpoint(checkpoint: Mapping[str, Any], assignment: Mapping[str, Any]) -> dict[str, Any]:
    fields = {name: value for name, value in checkpoint.items() if name != "tag" and value is not None}
    fields.setdefault("name", assignment.get("name"))
    fields.setdefault("sub_assignment_tag", checkpoint.get("tag"))
    if "id" not in fields:
        # An identifier of its own, since two checkpoints of one assignment must differ.
        fields["id"] = assignment.get("id")
        fields["migration_id"] = hashed(f"sub_assignment_{assignment.get('id')}_{checkpoint.get('tag')}")
    return fields


def _rubric(assignment: dict[str, Any], place: str, importing: Importing) -> Iterator[PlacedObject]:
    """The rubric of a REST assignment: its criteria in `rubric`, all else of it in `rubric_settings`."""
    criteria = assignment.get("rubric")
    if not isinstance(criteria, list) or not criteria:
        return
    del assignment["rubric"]
    stated = assignment.get("rubric_settings")
    settings = dict(stated) if isinstance(stated, dict) else {}
    if settings.get("id") is None:
        identifier = hashed(f"rubric of assignment {assignment.get('id')}")
        settings["id"] = importing.id_of(Kind.RUBRICS, identifier)
    settings.setdefault("title", assignment.get("name"))
    assignment["rubric_settings"] = settings
    rubric = {name: settings[name] for name in _RUBRIC_SETTINGS if name in settings}
    data = [_criterion(one) if isinstance(one, dict) else one for one in criteria]
    yield PlacedObject(Kind.RUBRICS, JsonObject(f"{place}.rubric", {**rubric, "id": settings["id"], "data": data}), "")


def _criterion(criterion: Mapping[str, Any]) -> dict[str, Any]:
    """A criterion with the names of the content: the outcome that it measures, and its own id at each rating."""
    fields = dict(criterion)
    if "outcome_id" in fields:
        fields.setdefault("learning_outcome_id", fields.pop("outcome_id"))
    if isinstance(ratings := fields.get("ratings"), list):
        of = {"criterion_id": fields.get("id")}
        fields["ratings"] = [{**of, **rating} if isinstance(rating, dict) else rating for rating in ratings]
    return fields
