"""Documents with elements lost, doubled, emptied or filled with nonsense: read without a crash, and written again."""

from __future__ import annotations

import copy
import json
import random

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from shared.domain.content.course import Course
from shared.domain.content.registry import from_json
from shared.domain.kinds import Kind
from shared.formats.cartridge import assignments, read_assignments, read_topics, topics
from shared.formats.cartridge.read import _READERS
from shared.formats.cartridge.settings import blueprint, settings_resource
from shared.formats.importing import Importing
from shared.formats.packing import Packing
from tests.support.formats import a_packing, a_source, an_importing, packed
from tests.unit.formats.canvas.test_assignment_element import FULL as ASSIGNMENT
from tests.unit.formats.cartridge.settings import test_rubrics_and_outcomes, test_settings_documents
from tests.unit.formats.cartridge.test_topics import FULL as TOPIC

OBJECTS = {
    **{case.kind: [case.item] for case in test_settings_documents.FULL},
    Kind.ASSIGNMENTS: [ASSIGNMENT],
    Kind.DISCUSSION_TOPICS: [TOPIC],
    Kind.RUBRICS: [test_rubrics_and_outcomes.FULL_RUBRIC],
    Kind.LEARNING_OUTCOMES: [test_rubrics_and_outcomes.FULL_OUTCOME],
}
WRITERS = (settings_resource.write, assignments.write, topics.write)
READERS = [reader for reader in _READERS if reader.__module__.startswith("shared.formats.cartridge.")]
NONSENSE = [" ", "nan", "1e999", "-5", "9" * 30, "perhaps", "null", "[1]", "{}", "[[1]]", "2026-99-99", "x" * 300, "_1"]


def members(packing: Packing) -> tuple[dict[str, bytes], list[object]]:
    """Every XML member that these writers make, and the resources."""
    made: dict[str, bytes] = {}
    listed: list[object] = []
    for write in WRITERS:
        bodies, resources = packed(write, packing)
        made |= {path: body for path, body in bodies.items() if path.endswith(".xml")}
        listed += resources
    return made, listed


def damage(body: bytes, chance: random.Random) -> bytes:
    """Up to five faults somewhere in a document, which stays well-formed."""
    root = etree.fromstring(body)
    for _ in range(chance.randint(1, 5)):
        element = chance.choice(list(root.iter("*")))
        parent = element.getparent()
        fault = chance.randrange(5)
        if fault == 0:
            element.text = chance.choice(NONSENSE)
        elif fault == 1 and parent is not None:
            parent.append(copy.deepcopy(element))
        elif fault == 2 and parent is not None:
            parent.remove(element)
        elif fault == 3 and element.attrib:
            element.set(chance.choice(list(element.attrib)), chance.choice(NONSENSE))
        else:
            etree.SubElement(element, chance.choice(list(root.iter("*"))).tag).append(etree.Comment("a comment"))
    return etree.tostring(root)


def stored(importing: Importing) -> Packing:
    """An export of what was read, after a stay in a database."""
    kept = {
        kind: [from_json(kind, json.loads(json.dumps(item.to_json()))) for item in items]
        for kind, items in importing.objects.items()
    }
    assert importing.course is not None
    course = Course.from_json(json.loads(json.dumps(importing.course.to_json())))
    return a_packing(kept, course=course, identifiers=dict(importing.identifiers))


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(min_value=0), version=st.sampled_from(["1.1", "1.3"]))
def test_a_damaged_document_costs_no_more_than_itself(seed: int, version: str) -> None:
    chance = random.Random(seed)
    whole, resources = members(a_packing(OBJECTS, course=test_rubrics_and_outcomes.BLUEPRINT, version=version))
    damaged = {path: damage(body, chance) if chance.random() < 0.4 else body for path, body in whole.items()}
    importing = an_importing()
    source = a_source(damaged, resources)  # type: ignore[arg-type]
    for reader in READERS:
        reader(source, importing)
    packing = stored(importing)
    again, _ = members(packing)
    for body in again.values():
        etree.fromstring(body)
    assert packing.report.expected == packing.report.packed, packing.report.warnings


def test_every_reader_of_this_area_is_among_those_that_are_tested() -> None:
    assert {read_assignments.read, read_topics.read, blueprint.read} <= set(READERS)
