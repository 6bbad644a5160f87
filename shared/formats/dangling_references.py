"""References of objects to objects that a course does not have: a module item without content, a group that is gone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from shared.domain.content.assignments import AssignmentGroup
from shared.domain.content.content_object import Content
from shared.domain.content.modules import CONTENT_KINDS, Module, ModuleItem
from shared.domain.content.pages import Page
from shared.domain.kinds import Kind, family
from shared.domain.warning_codes import WarningCode
from shared.formats.importing import Importing
from shared.formats.prerequisite_cycles import prerequisite_cycles

# Parts of an object, which are written with it: the object exists.
PARTS = frozenset({Kind.QUIZ_QUESTIONS, Kind.QUIZ_GROUPS, Kind.BANK_QUESTIONS, Kind.MEDIA_TRACKS})

_TYPES = frozenset({*CONTENT_KINDS, "SubHeader", "ExternalUrl"})
_MOST_NAMES = 10  # of modules in one sentence
_ADDRESS, _TYPE = "external_url", "type"
REPORTED_BY_READERS = frozenset(
    {_ADDRESS, _TYPE}
)  # where the reader of a cartridge has named what it has not understood

Exists = Callable[[Kind, int], bool]

# The fields that name another object of the course. Not among them: grading standards and banks, which may be the
# account's; the assignment of a quiz and of a page, which a package writes with these; parts of a quiz, which are read
# with it.
_FIELDS: Mapping[Kind, tuple[tuple[str, Kind], ...]] = {
    Kind.MODULE_ITEMS: (("module_id", Kind.MODULES),),
    Kind.ASSIGNMENTS: (
        ("assignment_group_id", Kind.ASSIGNMENT_GROUPS),
        ("quiz_id", Kind.QUIZZES),
        ("discussion_topic_id", Kind.DISCUSSION_TOPICS),
        ("annotatable_attachment_id", Kind.FILES),
        ("rubric_settings.id", Kind.RUBRICS),
    ),
    Kind.DISCUSSION_TOPICS: (("assignment_id", Kind.ASSIGNMENTS),),
    Kind.QUIZ_QUESTIONS: (("quiz_id", Kind.QUIZZES), ("quiz_group_id", Kind.QUIZ_GROUPS)),
    Kind.QUIZ_GROUPS: (("quiz_id", Kind.QUIZZES),),
    Kind.BANK_QUESTIONS: (("question_bank_id", Kind.QUESTION_BANKS),),
    Kind.MEDIA_TRACKS: (("file_id", Kind.FILES),),
    Kind.LEARNING_OUTCOMES: (("outcome_group_id", Kind.LEARNING_OUTCOME_GROUPS),),
    Kind.LEARNING_OUTCOME_GROUPS: (("parent_outcome_group_id", Kind.LEARNING_OUTCOME_GROUPS),),
}


class DanglingReference(NamedTuple):
    """A reference that leads nowhere: the code of its warning, the field, and the sentence."""

    code: WarningCode
    place: str
    message: str


def dangling_references(kind: Kind, item: Any, exists: Exists) -> Iterator[DanglingReference]:
    """Every reference of an object to an object of the course that does not exist."""
    if isinstance(item, ModuleItem):
        yield from _of_item(item, exists)
    elif isinstance(item, Module):
        yield from _of_module(item, exists)
    elif isinstance(item, AssignmentGroup):
        yield from _of_group(item, exists)
    for place, target in _FIELDS.get(family(kind), ()):
        target_id = _value(item, place)
        if target_id is not None and not exists(target, target_id):
            message = f"{item.label} names an object of the {target} that the course does not have."
            yield DanglingReference(WarningCode.REFERENCE_DANGLING, place, message)


def _of_item(item: ModuleItem, exists: Exists) -> Iterator[DanglingReference]:
    """An item that shows nothing. The item of a tool opens its address, whether or not the course has the tool."""
    if item.type not in _TYPES:
        message = f"The item {item.title} is of an unknown type: {item.type}."
        yield DanglingReference(WarningCode.ITEM_TYPE_UNKNOWN, _TYPE, message)
    if item.type == "ExternalUrl" and not item.external_url:
        message = f"The item {item.title} is a link without an address."
        yield DanglingReference(WarningCode.ITEM_WITHOUT_CONTENT, _ADDRESS, message)
    if item.content_kind is None or (item.type == "ExternalTool" and item.external_url):
        return
    if item.content_id is None or not exists(item.content_kind, item.content_id):
        message = f"What the item {item.title} shows, one of the {item.content_kind}, does not exist."
        yield DanglingReference(WarningCode.ITEM_WITHOUT_CONTENT, "content_id", message)


def _of_module(module: Module, exists: Exists) -> Iterator[DanglingReference]:
    for number, module_id in enumerate(module.prerequisite_module_ids):
        if not exists(Kind.MODULES, module_id):
            title = module.prerequisite_titles.get(str(module_id)) or module_id
            message = f"A prerequisite of the module {module.name} does not exist: the module {title}."
            yield DanglingReference(WarningCode.PREREQUISITE_UNKNOWN, f"prerequisite_module_ids[{number}]", message)
        elif module_id == module.id:
            message = f"The module {module.name} is its own prerequisite, so that nobody ever reaches it."
            yield DanglingReference(WarningCode.PREREQUISITE_UNKNOWN, f"prerequisite_module_ids[{number}]", message)


def _of_group(group: AssignmentGroup, exists: Exists) -> Iterator[DanglingReference]:
    for number, assignment_id in enumerate((group.rules and group.rules.never_drop) or ()):
        if not exists(Kind.ASSIGNMENTS, assignment_id):
            message = f"A score that {group.name} never drops is that of an assignment that the course does not have."
            yield DanglingReference(WarningCode.REFERENCE_DANGLING, f"rules.never_drop[{number}]", message)


def cyclic_prerequisites(modules: Iterable[Module]) -> Iterator[tuple[Module, DanglingReference]]:
    """Each set of modules that wait for each other, with the first of them."""
    for cycle in prerequisite_cycles(modules):
        names = ", ".join(module.name for module in cycle[:_MOST_NAMES]) + (", ..." if cycle[_MOST_NAMES:] else "")
        message = f"The modules {names} wait for each other, so that nobody ever reaches them."
        yield cycle[0], DanglingReference(WarningCode.PREREQUISITE_UNKNOWN, "prerequisite_module_ids", message)


def _value(item: Any, place: str) -> int | None:
    for name in place.split("."):
        item = getattr(item, name, None)
    return item if isinstance(item, int) else None


def warn_dangling(importing: Importing, *kinds: Kind, reported: Collection[str] = ()) -> None:
    """Warn of every such reference in what is loaded, of these kinds or of all. What an earlier load had exists too.

    The reader itself has warned of the places in `reported`.
    """
    existing = {(family(kind), item.id) for kind, items in importing.objects.items() for item in items}
    existing |= {(family(kind), object_id) for (kind, _), object_id in importing.known.items()}
    pages = {page.url: page.id for page in importing.all(Kind.PAGES) if isinstance(page, Page)}

    def exists(kind: Kind, object_id: int) -> bool:
        return (family(kind), object_id) in existing

    for kind, items in importing.objects.items():
        for item in items if not kinds or kind in kinds else ():
            resolved = item.with_page(pages) if isinstance(item, ModuleItem) else item
            references = dangling_references(kind, resolved, exists)
            for each in (each for each in references if each.place not in reported):
                _warn(importing, kind, item, each)
    modules = (each for each in importing.all(Kind.MODULES) if isinstance(each, Module))
    for module, each in cyclic_prerequisites(modules):
        _warn(importing, Kind.MODULES, module, each)


def _warn(importing: Importing, kind: Kind, item: Content, reference: DanglingReference) -> None:
    importing.warn(reference.code, f"{kind} {item.label}: {reference.place}", reference.message)
