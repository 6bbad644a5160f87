"""What a package calls its objects: what each says of itself, before what its package of origin said."""

from __future__ import annotations

from shared.domain.content.course import Course
from shared.domain.content.pages import Page
from shared.domain.content.topics import DiscussionTopic
from shared.domain.kinds import Kind
from shared.worker.packaging import _identifiers
from tests.support.memory_course import MemoryCourse


def test_an_objects_own_word_counts_before_that_of_its_package() -> None:
    objects = {
        Kind.PAGES: [Page(id=1, url="a", migration_id="own"), Page(id=2, url="b"), Page(id=3, url="c")],
        Kind.ANNOUNCEMENTS: [DiscussionTopic(id=4, migration_id="news")],
    }
    of_origin = {(Kind.PAGES, 1, ""): "first", (Kind.PAGES, 2, ""): "second", (Kind.PAGES, 1, "html:body"): "slugs"}
    found = _identifiers(MemoryCourse(Course(id=7, migration_id="course"), objects, of_origin))
    assert dict(found) == {
        (Kind.PAGES, 1, ""): "own",
        (Kind.PAGES, 2, ""): "second",
        (Kind.PAGES, 1, "html:body"): "slugs",
        (Kind.DISCUSSION_TOPICS, 4, ""): "news",
        (Kind.COURSES, 7, ""): "course",
    }
    assert len(found) == 5
    assert (Kind.PAGES, 3, "") not in found
    assert found.get((Kind.FILES, 1, "")) is None
