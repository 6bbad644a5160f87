"""Editing any field of any object shows in the export: nothing is stored as XML and written back as it came.

A field that a cartridge cannot carry is named below with the reason, and proved not to show.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice, zip_longest
from pathlib import Path as FilePath
from typing import Any

import pytest

from shared.domain.content.course import Course
from shared.domain.content.questions import BankQuestion, QuizQuestion
from shared.domain.content.quizzes import QuestionBank
from shared.domain.content.registry import TYPES
from shared.domain.kinds import Kind
from shared.formats.entry import Entry
from shared.formats.file_paths import PLACED
from tests.support import field_edits
from tests.support.field_edits import Path
from tests.support.formats import an_importing
from tests.support.memory_course import MemoryCourse
from tests.support.packed_folder import packed
from tests.support.rare_fields import RARE_OBJECTS, rare_course
from tests.support.roundtrip import Loaded, load, members, packing
from tests.support.shared import REPOSITORY

BANK = 9100
QUESTIONS = (Kind.QUIZ_QUESTIONS, Kind.BANK_QUESTIONS)
PARENTS = {
    Kind.QUIZ_QUESTIONS: (Kind.QUIZZES, "quiz_id"),
    Kind.BANK_QUESTIONS: (Kind.QUESTION_BANKS, "question_bank_id"),
}
TRIES = 8  # ways to edit a field of one object
OTHERS = 1  # objects of each kind that stand around those that are edited,
HOMES = {
    Kind.QUIZ_GROUPS: Kind.QUIZZES,
    Kind.MODULE_ITEMS: Kind.MODULES,
}  # but for what holds them, which is there whole
OBJECTS = 8  # that are edited, for a field that does not show

UNKNOWN = "a field that this service does not know of has no place in a format"
ONE = "a course has one of them, or their order is stated nowhere"
ELSEWHERE = "the object at the other end has it"
REPEATED = "REST repeats here what another field or object says"
PEOPLE = "it is of people, and a package has none"
NO_ELEMENT = "Canvas's format has no element for it"

EXEMPT: dict[str, dict[str, str]] = {
    "folders": {
        "migration_id": "a folder has no identifier, only a path",
        "position": ONE,
        "full_name": REPEATED,
    },
    "files": {
        "content_type": "follows from the extension of the name",
        "usage_rights.license_name": "follows from the code of the licence",
        "media_entry_id": "it names media on one media server",
    },
    "assignments": {
        "discussion_topic_id": ELSEWHERE,
        "page_id": ELSEWHERE,
        "overrides.id": PEOPLE,
        "overrides.student_ids": PEOPLE,
        "overrides.group_id": PEOPLE,
        "overrides.course_section_id": PEOPLE,
        "rubric_settings.title": ELSEWHERE,
        "rubric_settings.points_possible": ELSEWHERE,
        "rubric_settings.free_form_criterion_comments": ELSEWHERE,
        "external_tool_tag_attributes.content_type": "it is always a tool",
        "external_tool_tag_attributes.resource_link_id": NO_ELEMENT,
        "external_tool_tag_attributes.custom_params": ELSEWHERE,
        "sub_assignment_tag": "it is of a checkpoint inside of an assignment",
    },
    "discussion_topics": {
        "is_announcement": "follows from its kind",
        "attachments.display_name": REPEATED,
        "attachments.filename": REPEATED,
        "attachments.url": REPEATED,
    },
    "announcements": {
        "assignment": "an announcement is not graded",
        "is_announcement": "follows from its kind",
        "attachments.display_name": REPEATED,
        "attachments.filename": REPEATED,
        "attachments.url": REPEATED,
    },
    "quizzes": {
        "assignment_overrides.id": PEOPLE,
        "assignment_overrides.student_ids": PEOPLE,
        "assignment_overrides.group_id": PEOPLE,
        "assignment_overrides.course_section_id": PEOPLE,
    },
    "calendar_events": {"location_name": NO_ELEMENT, "location_address": NO_ELEMENT},
    "modules": {"publish_final_grade": NO_ELEMENT},
    "module_items": {"completion_requirement.completed": PEOPLE},
    "learning_outcomes": {"display_name": NO_ELEMENT},
    "lti_resource_links": {"context_external_tool_id": "follows from its address"},
    "tool_profiles": {"title": "follows from the profile"},
    "late_policies": {"position": ONE},
    "course_paces": {"position": ONE},
    "courses": {
        "position": ONE,
        "workflow_state": NO_ELEMENT,
        "own_hosts": "it says which links are links within the course",
    },
}


Forms = Mapping[int, Any]  # by the identity of an object (`id`): its other form


@dataclass(frozen=True)
class Setting:
    """A course, whose package is made with each of its objects in other forms."""

    course: Course
    objects: Mapping[Kind, list[Any]]
    smaller: dict[int, Setting] = field(default_factory=dict)  # by the identity of the object in it

    @cached_property
    def base(self) -> list[tuple[str, Any]]:
        """Path and body of the members, with every object as it is."""
        return [(entry.path, entry.body) for entry in self.entries(Kind.COURSES, {})]

    def shows(self, kind: Kind, forms: Forms) -> bool:
        """Whether the package is another one with these objects in other forms."""
        found = ((entry.path, entry.body) for entry in self.entries(kind, forms))
        return any(one != other for one, other in zip_longest(self.base, found))

    def around(self, kind: Kind, item: Any) -> Setting:
        """The same with one more object of this kind beside `item`: most fields show in it, for a fraction of the work."""
        if kind not in self.objects or kind in QUESTIONS:
            return self
        if id(item) not in self.smaller:
            others = [one for one in self.objects[kind] if one is not item]
            self.smaller[id(item)] = Setting(self.course, {**self.objects, kind: [item, *others[:1]]})
        return self.smaller[id(item)]

    def entries(self, kind: Kind, forms: Forms) -> Iterator[Entry]:
        """The members of the package, with some objects of a kind in other forms."""
        course = forms.get(id(self.course), self.course) if kind is Kind.COURSES else self.course
        objects = dict(self.objects)
        if kind in objects:
            objects[kind] = [forms.get(id(one), one) for one in objects[kind]]
        names = {
            (Kind.DISCUSSION_TOPICS if k is Kind.ANNOUNCEMENTS else k, one.id, ""): one.migration_id
            for k, items in [*objects.items(), (Kind.COURSES, [course])]
            for one in items
            if one.migration_id
        }
        loaded = Loaded(an_importing(), MemoryCourse(course, objects, names))
        yield from members(packing(loaded))


@pytest.fixture(scope="module")
def courses(tmp_path_factory: pytest.TempPathFactory) -> list[Setting]:
    folder = tmp_path_factory.mktemp("packages")
    sources: list[FilePath] = [
        REPOSITORY / "deploy/sample",
        REPOSITORY / "tests/data/lti_course",
        packed("new_quizzes", folder / "new_quizzes.zip"),
    ]
    loaded = [load(source).course for source in sources]
    found = [Setting(c.course, {k: list(c.each(k)) for k in TYPES}) for c in loaded]
    first = found[0].objects
    with_rare = {kind: [*first[kind], *RARE_OBJECTS.get(kind, ())] for kind in TYPES}
    for setting in (Setting(found[0].course, with_rare), *found[1:]):
        setting.objects[Kind.QUESTION_BANKS].append(QuestionBank(id=BANK, title="Every type of question"))
        setting.objects[Kind.BANK_QUESTIONS].extend(map(in_bank, setting.objects[Kind.QUIZ_QUESTIONS]))
    return [Setting(found[0].course, with_rare), *found[1:], Setting(rare_course(), {})]


def in_bank(question: QuizQuestion) -> BankQuestion:
    """A question of a quiz as one of a bank."""
    names = set(BankQuestion.__struct_fields__)
    return BankQuestion(
        **{n: getattr(question, n) for n in question.__struct_fields__ if n in names}, question_bank_id=BANK
    )


def settings(courses: list[Setting], kind: Kind) -> list[tuple[Setting, Any]]:
    """Every object of a kind, and a small course in which all of its fields mean something."""
    if kind is Kind.COURSES:
        return [(light(course, kind), course.course) for course in courses]
    if kind not in QUESTIONS:
        return [
            (small, item)
            for course in courses
            for small in [light(course, kind)]
            for item in small.objects.get(kind, ())
        ]
    return [(alone(course, kind, item), item) for course in courses for item in course.objects.get(kind, ())]


def light(course: Setting, kind: Kind) -> Setting:
    """The course with all that it has of a kind, a little of the others, and without questions."""
    others = {other: items[:OTHERS] for other, items in course.objects.items() if other not in QUESTIONS}
    whole = {each: course.objects.get(each, []) for each in (kind, HOMES.get(kind, kind))}
    return Setting(course.course, {**others, **whole})


def alone(course: Setting, kind: Kind, question: Any) -> Setting:
    """A course with nothing but a question, what it is in, and the files."""
    above, name = PARENTS[kind]
    home = getattr(question, name)
    parents = [one for one in course.objects[above] if one.id == home]
    sibling = [one for one in course.objects[kind] if getattr(one, name) == home and one is not question][:1]
    kept = {placed: course.objects[placed] for placed in (*PLACED, Kind.QUIZ_GROUPS)}
    return Setting(course.course, {**kept, above: parents, kind: [question, *sibling]})


def shows(path: Path, kind: Kind, found: list[tuple[Setting, Any]]) -> bool | None:
    """Whether an edit of the field changes the package for any object; None where none has it."""
    tried = 0
    for setting, item in sorted(found, key=lambda one: -depth(one[1], path)):
        first = next(field_edits.edits(item, path), None)
        places = [setting.around(kind, item), setting]
        ways = ((place, form) for place in places for form in islice(field_edits.edits(item, path), TRIES))
        if any(place.shows(kind, {id(item): form}) for place, form in ways):
            return True
        tried += first is not None
        if tried == (OBJECTS if kind not in QUESTIONS else 10 * OBJECTS):
            break
    return False if tried else None


def edited(item: Any, paths: list[Path], turn: int) -> Any:
    """An object with each of these fields edited, in the way whose turn it is; fields with fewer ways stay."""
    for path in paths:
        item = next(islice(field_edits.edits(item, path), turn, None), item)
    return item


def shown_together(paths: list[Path], kind: Kind, found: list[tuple[Setting, Any]]) -> bool:
    """Whether edits of these fields, all of them in all objects at once, change the package in any way of editing."""
    items: dict[int, tuple[Setting, list[Any]]] = {}
    for setting, item in found:
        items.setdefault(id(setting), (setting, []))[1].append(item)
    return any(
        setting.shows(kind, {id(item): edited(item, paths, turn) for item in objects})
        for setting, objects in items.values()
        for turn in range(TRIES)
    )


def depth(item: Any, path: Path) -> int:
    """How far an object has values on the way to a field."""
    if isinstance(item, (list, dict)):
        return max((depth(part, path) for part in (item.values() if isinstance(item, dict) else item)), default=0)
    value = getattr(item, path[0], None) if path else None
    return 0 if value in (None, "", [], {}) else 1 + depth(value, path[1:])


@pytest.mark.parametrize("kind", [*TYPES, Kind.COURSES])
def test_editing_any_field_of_any_kind_shows_in_the_export(courses: list[Setting], kind: Kind) -> None:
    exempt = EXEMPT.get(kind.value, {})
    found = settings(courses, kind)
    paths = [path for path in dict.fromkeys(field_edits.paths(TYPES.get(kind, Course))) if path[-1] != "extra"]
    outcomes = {".".join(path): shows(path, kind, found) for path in paths if ".".join(path) not in exempt}
    hidden = [name for name, outcome in outcomes.items() if outcome is False]
    absent = [name for name, outcome in outcomes.items() if outcome is None]
    hiding = [path for path in paths if ".".join(path) in exempt]
    together = bool(hiding) and shown_together(hiding, kind, found)
    stale = [path for path in hiding if together and shows(path, kind, found)]
    assert (hidden, absent, stale) == ([], [], [])
