"""The course itself: REST Course fields, its settings, its syllabus."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from shared.domain.content.base import Content


class Course(Content):
    """A course (or the name of a group or user context), with the settings that a cartridge carries.

    Source of the settings: spec/cartridge.md 3.1; names are REST names where REST has one.
    """

    name: str = ""
    course_code: str | None = None
    workflow_state: str | None = None
    start_at: str | None = None
    end_at: str | None = None
    syllabus_body: str | None = None
    license: str | None = None
    # documents of course_settings/ that the package of origin had though they told nothing: an export has them too
    empty_documents: list[str] = msgspec.field(default_factory=list)

    HTML_FIELDS: ClassVar[tuple[str, ...]] = ("syllabus_body",)
