"""Assignments as pages with their text and their rubric, in version 1.3 beside an `assignment.xml`.

Common Cartridge 1.1 has no assignments, and few readers know those of 1.3.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from shared.domain.content.assignments import Assignment
from shared.domain.kinds import Kind
from shared.formats import xml
from shared.formats.canvas import html_page
from shared.formats.cartridge import assignments
from shared.formats.cartridge.generic.listing import TitledResources
from shared.formats.cartridge.generic.member_paths import MemberPaths
from shared.formats.cartridge.generic.rubric_table import rubric_table
from shared.formats.cartridge.generic.unsupported import warn_of_fields
from shared.formats.entry import Entry
from shared.formats.imscp.resource import WEBCONTENT, Resource
from shared.formats.packing import Packing

_UNSUPPORTED = (
    *("points_possible", "due_at", "unlock_at", "lock_at", "grading_type", "submission_types", "allowed_extensions"),
    *("allowed_attempts", "peer_reviews", "group_category_id", "omit_from_final_grade", "overrides"),
)
# What `assignment.xml` of version 1.3 states.
_STATED = ("points_possible", "submission_types")


def write(packing: Packing, listing: TitledResources, paths: MemberPaths) -> Iterator[Entry]:
    """The selected assignments that are not part of a quiz, topic or page, in course order."""
    for assignment in assignments.alone(packing):
        yield from packing.entries_of(Kind.ASSIGNMENTS, assignment, partial(_write, packing, listing, paths))


def _write(packing: Packing, listing: TitledResources, paths: MemberPaths, assignment: Assignment) -> Iterator[Entry]:
    shown: Assignment = packing.html(Kind.ASSIGNMENTS, assignment)
    key, path = packing.key(Kind.ASSIGNMENTS, assignment.id), paths.of(Kind.ASSIGNMENTS, assignment.id)
    table = rubric_table(packing, assignment)
    page = Entry(path, html_page.write(assignment.name, "\n".join(part for part in (shown.description, table) if part)))
    hidden = assignment.published is False
    if not packing.request.version.startswith("1.3"):
        warn_of_fields(packing, Kind.ASSIGNMENTS, assignment, _UNSUPPORTED)
        listing.add(Resource(key, WEBCONTENT, path, (path,), instructor_only=hidden), assignment.name)
        yield page
        return
    warn_of_fields(packing, Kind.ASSIGNMENTS, assignment, [name for name in _UNSUPPORTED if name not in _STATED])
    document = f"{path.removesuffix('.html')}.xml"
    resource = Resource(key, assignments.TYPE, document, (document,), instructor_only=hidden)
    listing.resources.add(resource)
    # Readers of 1.3 take the assignment, all others the page, which is what the organization names.
    fallback = Resource(f"{key}{assignments.FALLBACK}", WEBCONTENT, path, (path,), variant_of=key)
    listing.add(fallback, assignment.name)
    yield Entry(document, xml.serialize(assignments.standard_document(shown, key)))
    yield page
