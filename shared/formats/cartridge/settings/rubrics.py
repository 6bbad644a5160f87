"""`rubrics.xml`: the rubrics, criterion by criterion. How a rubric is used is stated with its assignment."""

from __future__ import annotations

from typing import Any

from shared.domain.content.grading import Criterion, Rating, Rubric
from shared.domain.kinds import Kind
from shared.formats import xml
from shared.formats.canvas import fields
from shared.formats.canvas.settings_document import FOLDER, append_selected, identity, is_due, open_root, reference
from shared.formats.importing import Importing
from shared.formats.imscp.package_source import PackageSource
from shared.formats.packing import Packing

NAME = "rubrics.xml"

_FIELDS = (
    # The number of a rubric of the account, which importers look up instead of creating one.
    fields.whole("external_identifier"),
    fields.flag("read_only"),
    fields.text("title"),
    fields.flag("reusable"),
    fields.flag("public"),
    fields.number("points_possible"),
    fields.flag("hide_score_total"),
    fields.flag("free_form_criterion_comments"),
    fields.text("rating_order"),
    fields.text("description"),
)
_OUTCOME = "learning_outcome_identifierref"
_CRITERION = (
    fields.text("criterion_id", "id").required,
    fields.number("points").required,
    fields.number("mastery_points"),
    fields.flag("ignore_for_scoring"),
    fields.text("description").required,
    fields.text("long_description"),
    fields.flag("criterion_use_range").if_true,
    fields.text("learning_outcome_external_identifier"),
)
_RATING = (
    fields.text("description").required,
    fields.number("points").required,
    fields.text("criterion_id").required,
    fields.text("long_description"),
    fields.text("id").required,
)


def document(packing: Packing) -> bytes | None:
    """The selected rubrics, where the course has any."""
    if not is_due(packing, NAME, Kind.RUBRICS):
        return None
    root = xml.root("rubrics")
    append_selected(root, packing, Kind.RUBRICS, "rubric", _fill)
    return xml.serialize(root)


def _fill(element: xml.Element, packing: Packing, rubric: Rubric) -> None:
    fields.append(element, rubric, _FIELDS)
    criteria = xml.add(element, "criteria")
    for criterion in rubric.data or ():
        _append_criterion(xml.add(criteria, "criterion"), packing, criterion)


def _append_criterion(element: xml.Element, packing: Packing, criterion: Criterion) -> None:
    fields.append(element, criterion, _CRITERION)
    # Canvas omits the reference to an outcome that the course does not have (its lib/cc/rubrics.rb).
    outcome = criterion.learning_outcome_id
    if outcome is not None and packing.knows(Kind.LEARNING_OUTCOMES, outcome):
        xml.add(element, _OUTCOME, packing.key(Kind.LEARNING_OUTCOMES, outcome))
    if criterion.ratings:
        ratings = xml.add(element, "ratings")
        for rating in criterion.ratings:
            fields.append(xml.add(ratings, "rating"), rating, _RATING)


def read(source: PackageSource, importing: Importing) -> None:
    """The rubrics of the package, in its order."""
    root = open_root(source, importing, NAME, "rubrics")
    for position, element in enumerate([] if root is None else xml.find_all(root, "rubric"), 1):
        values = fields.read(element, _FIELDS, importing, FOLDER + NAME, ("criteria",))
        data = [_read_criterion(child, importing) for child in xml.find_all(element, "criteria/criterion")]
        ids = identity(element, Kind.RUBRICS, importing)
        importing.add(Kind.RUBRICS, Rubric(**ids, position=position, **values, data=data))


def _read_criterion(element: xml.Element, importing: Importing) -> Criterion:
    values: dict[str, Any] = fields.read(element, _CRITERION, importing, FOLDER + NAME, (_OUTCOME, "ratings"))
    ratings = [
        Rating(**fields.read(child, _RATING, importing, FOLDER + NAME))
        for child in xml.find_all(element, "ratings/rating")
    ]
    outcome = reference(element, _OUTCOME, Kind.LEARNING_OUTCOMES, importing)
    return Criterion(**values, learning_outcome_id=outcome, ratings=ratings or None)
