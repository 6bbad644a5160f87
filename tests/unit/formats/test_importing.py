"""What is read of a package on its way to a course: identifiers, warnings, objects of one identifier."""

from __future__ import annotations

from shared.domain.content.pages import Page
from shared.domain.kinds import Kind
from shared.formats.importing import Importing
from tests.support.formats import an_importing


def two_pages_of_one_identifier() -> tuple[Importing, list[Page]]:
    importing = an_importing()
    pages = [Page(id=importing.id_of(Kind.PAGES, "p"), title=title, migration_id="p") for title in ("One", "Two")]
    for page in pages:
        importing.add(Kind.PAGES, page)
    return importing, pages


def test_the_second_object_of_one_identifier_gets_an_id_and_an_identifier_of_its_own_with_a_warning() -> None:
    importing, (first, second) = two_pages_of_one_identifier()
    assert importing.all(Kind.PAGES) == [first, second]
    assert first.migration_id == "p"
    assert second.migration_id not in (None, "p")
    assert first.id != second.id == importing.id_of(Kind.PAGES, str(second.migration_id))
    assert [warning.code for warning in importing.warnings] == ["identifier_repeated"]


def test_an_identifier_that_is_given_to_a_second_object_is_the_same_in_every_load() -> None:
    given = {two_pages_of_one_identifier()[1][1].migration_id for _ in range(2)}
    assert len(given) == 1


def test_an_identifier_of_the_manifest_that_an_object_has_too_is_forgotten() -> None:
    importing = an_importing()
    importing.remember(Kind.COURSES, importing.course_id, "p_", "M")
    importing.forget_if_taken("p_")
    assert importing.identifiers == {(Kind.COURSES, importing.course_id, "p_"): "M"}
    module = importing.id_of(Kind.MODULES, "M")
    importing.forget_if_taken("p_")
    assert importing.identifiers == {(Kind.MODULES, module, ""): "M"}
