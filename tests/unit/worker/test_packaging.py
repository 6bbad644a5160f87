"""Under which identifiers the objects of a course are packed."""

from __future__ import annotations

from shared.domain.content.course import Course
from shared.domain.content.pages import Page
from shared.domain.course_content import LOADED_AS
from shared.domain.identifiers import Identified
from shared.domain.kinds import Kind
from shared.worker.packaging import _identifiers
from tests.support.memory_course import MemoryCourse


def name_of_page(migration_id: str | None, kept: dict[str, str]) -> str | None:
    page = Page(id=1, title="Tides", migration_id=migration_id)
    identifiers: dict[Identified, str] = {(Kind.PAGES, 1, prefix): name for prefix, name in kept.items()}
    found = _identifiers(MemoryCourse(Course(id=1, name="Tides"), {Kind.PAGES: [page]}, identifiers))
    return found.get((Kind.PAGES, 1, ""))


def test_an_object_keeps_the_identifier_of_its_package() -> None:
    assert name_of_page(None, {"": "of the package"}) == "of the package"


def test_an_object_that_was_given_another_identifier_since_goes_by_that() -> None:
    assert name_of_page("new", {"": "of the package"}) == "new"
    assert name_of_page("new", {"": "of the package", LOADED_AS: "told apart"}) == "new"


def test_an_object_that_was_only_told_apart_when_it_was_loaded_is_packed_as_its_package_called_it() -> None:
    assert name_of_page("told apart", {"": "of the package", LOADED_AS: "told apart"}) == "of the package"
