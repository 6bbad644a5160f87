"""`blueprint.xml`: what the courses that follow a blueprint cannot change. The manifest does not list it."""

from __future__ import annotations

from collections.abc import Iterator

from shared.domain.content.course import BlueprintRestrictions, Course, RestrictedItem
from shared.domain.kinds import Kind, asset_name
from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.canvas import fields
from shared.formats.canvas.class_names import class_name, kind_of_class
from shared.formats.canvas.settings_document import FOLDER, course_of, open_root
from shared.formats.importing import Importing
from shared.formats.imscp.package_source import PackageSource
from shared.formats.packing import Packing

NAME = "blueprint.xml"

_DEFAULT = "default"
_BY_TYPE = fields.flag("use_default_restrictions_by_type", "use_blueprint_restrictions_by_object_type")
_USE_DEFAULT = fields.flag("use_default_restrictions")
# REST names the types of `blueprint_restrictions_by_object_type` like asset strings, quizzes apart.
_REST_TYPES = {"quiz": Kind.QUIZZES} | {
    asset_name(kind): kind
    for kind in (Kind.ASSIGNMENTS, Kind.FILES, Kind.DISCUSSION_TOPICS, Kind.PAGES, Kind.COURSE_PACES)
}
_REST_NAMES = {kind: name for name, kind in _REST_TYPES.items()}


def document(packing: Packing) -> bytes | None:
    """The restrictions of a blueprint course, where they are selected."""
    course = packing.course.course
    # Not `is_due`: the document has an element for the course itself, so that it is never an empty list.
    if not course.blueprint or not packing.selection.flag("blueprint_settings"):
        return None
    root = xml.root("blueprint_settings")
    fields.append(root, course, (_BY_TYPE.or_else(False),))
    restrictions = xml.add(root, "restrictions")
    for name, restricted in _restrictions(course):
        _append_restriction(restrictions, name, restricted)
    items = xml.add(root, "restricted_items")
    for item in course.restricted_items or ():
        _append_item(items, packing, item)
    return xml.serialize(root)


def _restrictions(course: Course) -> Iterator[tuple[str, BlueprintRestrictions]]:
    """The default first, then each type by Canvas's class; a type without a known class keeps its REST name."""
    yield _DEFAULT, course.blueprint_restrictions or BlueprintRestrictions()
    for rest, restricted in (course.blueprint_restrictions_by_object_type or {}).items():
        yield class_name(_REST_TYPES[rest]) if rest in _REST_TYPES else rest, restricted


def _append_restriction(parent: xml.Element, name: str, restrictions: BlueprintRestrictions) -> None:
    element = xml.add(parent, "restriction", content_type=name)
    for attribute in BlueprintRestrictions.__struct_fields__:
        value = getattr(restrictions, attribute)
        if value is not None:
            element.set(attribute, xml.text_of(value))


def _append_item(parent: xml.Element, packing: Packing, item: RestrictedItem) -> None:
    kind = kind_of_class(item.content_type)
    if kind is None:
        sentence = f"The restrictions of a {item.content_type} have no form in a cartridge."
        packing.report.warn(WarningCode.RESTRICTION_LEFT_OUT, sentence, place=NAME)
        return
    element = xml.add(parent, "item", identifierref=packing.key(kind, item.content_id))
    _append_restriction(element, item.content_type, item.restrictions or BlueprintRestrictions())
    fields.append(element, item, (_USE_DEFAULT.or_else(False),))


def read(source: PackageSource, importing: Importing) -> None:
    """Set the restrictions of the course, and mark it as a blueprint."""
    root = open_root(source, importing, NAME, "blueprint_settings")
    if root is None:
        return
    course = course_of(importing)
    course.blueprint = True
    values = fields.read(root, (_BY_TYPE,), importing, FOLDER + NAME, ("restrictions", "restricted_items"))
    course.use_blueprint_restrictions_by_object_type = values.get(_BY_TYPE.name)
    for element in xml.find_all(root, "restrictions/restriction"):
        name = element.get("content_type") or _DEFAULT
        if name == _DEFAULT:
            course.blueprint_restrictions = _read_restrictions(element)
        else:
            by_type = course.blueprint_restrictions_by_object_type or {}
            by_type[_rest_name(name)] = _read_restrictions(element)
            course.blueprint_restrictions_by_object_type = by_type
    items = [_read_item(element, importing) for element in xml.find_all(root, "restricted_items/item")]
    course.restricted_items = [item for item in items if item is not None] or None


def _rest_name(name: str) -> str:
    kind = kind_of_class(name)
    return name if kind is None else _REST_NAMES.get(kind, name)


def _read_restrictions(element: xml.Element) -> BlueprintRestrictions:
    values = {name: fields.read_bool(element.get(name) or "") for name in BlueprintRestrictions.__struct_fields__}
    return BlueprintRestrictions(**values)


def _read_item(element: xml.Element, importing: Importing) -> RestrictedItem | None:
    restriction = xml.find(element, "restriction")
    name = "" if restriction is None else restriction.get("content_type") or ""
    kind = kind_of_class(name)
    identifier = element.get("identifierref")
    if restriction is None or kind is None or not identifier:
        importing.warn(
            WarningCode.RESTRICTION_LEFT_OUT, FOLDER + NAME, f"The restrictions of a {name!r} were not taken in."
        )
        return None
    return RestrictedItem(
        content_type=name,
        content_id=importing.id_of(kind, identifier),
        restrictions=_read_restrictions(restriction),
        use_default_restrictions=xml.bool_at(element, _USE_DEFAULT.element),
    )
