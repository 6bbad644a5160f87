"""The lists of exports and of courses in memory, for the gateway's handlers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.adapters.postgres.course_lists import AccountCourseFilter, CourseDetails, CourseFilter, Enrollment
from shared.domain.export import ContentExport, Context, ContextType
from shared.domain.export_filter import ExportFilter
from tests.support.fake_gateway import FakeContexts, FakeExports


@dataclass
class FakeExportLists:
    """The lists of the exports, which keep what they were asked."""

    exports: FakeExports
    asked: list[ExportFilter] = field(default_factory=list)

    async def of_context(
        self,
        context: Context,
        user_id: int | None,
        wanted: ExportFilter,
        *,
        reads_as_admin: bool,
        limit: int,
        offset: int = 0,
        before_id: int | None = None,
    ) -> tuple[list[ContentExport], int | None]:
        """The user's own, and all where they read as an admin, newest first."""
        self.asked.append(wanted)
        seen = [e for e in self._newest_first() if e.context == context and (reads_as_admin or e.user_id == user_id)]
        page = [each for each in seen if before_id is None or each.id < before_id]
        return page[offset : offset + limit], len(seen)

    async def of_account(
        self, wanted: ExportFilter, *, limit: int, before: tuple[datetime, int] | None = None
    ) -> list[ContentExport]:
        """All, newest first."""
        self.asked.append(wanted)
        return [e for e in self._newest_first() if before is None or (e.created_at, e.id) < before][:limit]

    def _newest_first(self) -> list[ContentExport]:
        return list(self.exports.by_id.values())[::-1]


@dataclass
class FakeCourses:
    """Lists of the courses among the contexts, which keep what they were asked."""

    contexts: FakeContexts
    enrollments: dict[tuple[int | None, int], list[Enrollment]] = field(default_factory=dict)
    known_details: dict[int, CourseDetails] = field(default_factory=dict)
    asked: list[CourseFilter | AccountCourseFilter] = field(default_factory=list)
    detailed: list[list[int]] = field(default_factory=list)

    async def roles(self, user_id: int | None, course_ids: list[int]) -> dict[int, list[Enrollment]]:
        """As added."""
        return {course_id: self.enrollments.get((user_id, course_id), []) for course_id in course_ids}

    async def of_user(
        self, user_id: int, wanted: CourseFilter, *, limit: int, offset: int
    ) -> tuple[list[dict[str, Any]], int]:
        """Those with a role of the user."""
        self.asked.append(wanted)
        found = [
            self.contexts.objects[Context(ContextType.COURSE, c)] for user, c in self.enrollments if user == user_id
        ]
        return found[offset : offset + limit], len(found)

    async def of_account(
        self, wanted: AccountCourseFilter, *, limit: int, offset: int
    ) -> tuple[list[dict[str, Any]], int]:
        """All."""
        self.asked.append(wanted)
        found = [each for context, each in self.contexts.objects.items() if context.type is ContextType.COURSE]
        return found[offset : offset + limit], len(found)

    async def details(self, course_ids: list[int]) -> dict[int, CourseDetails]:
        """As added."""
        self.detailed.append(course_ids)
        return {each: self.known_details[each] for each in course_ids if each in self.known_details}
