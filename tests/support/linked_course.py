"""A course whose objects link to each other: what the tests of links in both directions share."""

from __future__ import annotations

from typing import Any

from shared.domain.content.assignments import Assignment
from shared.domain.content.course import Course
from shared.domain.content.files import File, Folder
from shared.domain.content.modules import ModuleItem
from shared.domain.content.pages import Page
from shared.domain.content.registry import TYPES
from shared.domain.kinds import Kind
from shared.domain.report import Report
from shared.domain.selection import Selection
from shared.formats.html.package_links import PackageLinks
from shared.formats.identifiers import Keys
from tests.support.memory_course import MemoryCourse

HOST = "https://canvas.example.edu"
COURSE_ID = 1


def objects() -> dict[Kind, list[Any]]:
    """One of each kind that an address can name; ids as in the worked examples of the format."""
    return {
        Kind.FOLDERS: [
            Folder(id=1, name="course files"),
            Folder(id=2, name="Week 1", parent_folder_id=1),
            Folder(id=3, name="Q & A", parent_folder_id=2),
        ],
        Kind.FILES: [
            File(id=5, display_name="name.pdf", folder_id=2),
            File(id=6, display_name="50% of #1, a+b (ü).pdf", folder_id=3),
            File(id=7, display_name="my talk.mp4", folder_id=1, media_entry_id="m-abc"),
        ],
        Kind.PAGES: [Page(id=30, url="some-slug", title="Some Title"), Page(id=31, url="12", title="Twelve")],
        Kind.ASSIGNMENTS: [Assignment(id=3, name="Essay")],
        Kind.DISCUSSION_TOPICS: [TYPES[Kind.DISCUSSION_TOPICS](id=3)],
        Kind.ANNOUNCEMENTS: [TYPES[Kind.ANNOUNCEMENTS](id=4)],
        Kind.QUIZZES: [TYPES[Kind.QUIZZES](id=3)],
        Kind.MODULES: [TYPES[Kind.MODULES](id=3)],
        Kind.MODULE_ITEMS: [ModuleItem(id=9, module_id=3)],
        Kind.CALENDAR_EVENTS: [TYPES[Kind.CALENDAR_EVENTS](id=3)],
    }


class Linked:
    """The links of a package of that course, and their warnings."""

    def __init__(
        self,
        identifiers: dict[Any, str] | None = None,
        select: Selection | None = None,
        course: dict[str, Any] | None = None,
        host: str = HOST,
    ) -> None:
        linked = Course.from_json({"id": COURSE_ID, "name": "Linked", **(course or {})})
        self.course = MemoryCourse(linked, objects(), identifiers or {})
        self.selection = select or Selection(everything=False)
        self.report = Report()
        keys = Keys(self.course.identifiers())
        self.links = PackageLinks(self.course, keys, self.selection, host, self.report)

    def export(self, html: str, place: str = "body") -> str:
        return self.links.export(html, Kind.PAGES, 30, place)

    def files(self, html: str, place: str = "body") -> list[int]:
        return self.links.files(html, Kind.PAGES, 30, place)

    @property
    def missing(self) -> list[str]:
        return [warning.message.split(" ")[0] for warning in self.report.warnings]
