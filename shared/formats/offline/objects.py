"""Syllabus, pages, assignments, discussions and announcements: a heading, facts, and what people wrote."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from html import escape

from shared.domain.content.assignments import Assignment
from shared.domain.content.pages import Page
from shared.domain.content.topics import DiscussionTopic
from shared.domain.kinds import Kind
from shared.formats.offline.markup import path_link
from shared.formats.offline.offline_course import OBJECT_LEVEL, OfflineCourse

_TEXTS = frozenset({"text", "title", "html", "content"})  # of a block


def syllabus(course: OfflineCourse) -> Iterator[str]:
    """The syllabus alone."""
    item = course.packing.course.course
    yield course.content(item.syllabus_body, Kind.COURSES, item.id, "syllabus_body", OBJECT_LEVEL - 1)


def pages(course: OfflineCourse) -> Iterator[str]:
    """The pages; one of the block editor has its texts alone."""
    return course.articles(Kind.PAGES, partial(_page, course))


def _page(course: OfflineCourse, page: Page) -> Iterator[str]:
    front = course.texts.gettext("front page") if page.front_page else ""
    yield course.heading(page, front, course.unpublished(page.published))
    blocks = page.block_editor_attributes
    body = page.body if blocks is None else "\n".join(_texts_of(blocks.blocks))
    yield course.content(body, Kind.PAGES, page.id, "body")


def _texts_of(value: object) -> Iterator[str]:
    """The texts that people read in the blocks of a page: HTML."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        if not isinstance(part, str):
            yield from _texts_of(part)
        elif key in _TEXTS:
            yield f"<div>{part}</div>"


def assignments(course: OfflineCourse) -> Iterator[str]:
    """The assignments; that of a quiz, a discussion or a page leads there."""
    return course.articles(Kind.ASSIGNMENTS, partial(_assignment, course))


def _assignment(course: OfflineCourse, assignment: Assignment) -> Iterator[str]:
    _ = course.texts.gettext
    yield course.heading(assignment, course.unpublished(assignment.published))
    yield course.facts(
        (_("Points"), course.points(assignment.points_possible)),
        (_("Due"), course.moment(assignment.due_at)),
        (_("Available from"), course.moment(assignment.unlock_at)),
        (_("Available until"), course.moment(assignment.lock_at)),
    )
    yield _graded(course, assignment)
    yield course.content(assignment.description, Kind.ASSIGNMENTS, assignment.id, "description")


def _graded(course: OfflineCourse, assignment: Assignment) -> str:
    """A link to what the assignment grades."""
    _ = course.texts.gettext
    behind = (
        (Kind.QUIZZES, assignment.quiz_id, _("To the quiz")),
        (Kind.DISCUSSION_TOPICS, assignment.discussion_topic_id, _("To the discussion")),
        (Kind.PAGES, assignment.page_id, _("To the page")),
    )
    for kind, object_id, words in behind:
        place = None if object_id is None else course.links.place_of(kind, object_id)
        if place is not None:
            return f'<p><a href="{escape(place)}">{escape(words)}</a></p>\n'
    return ""


def discussions(course: OfflineCourse) -> Iterator[str]:
    """The discussions."""
    return course.articles(Kind.DISCUSSION_TOPICS, partial(_topic, course, Kind.DISCUSSION_TOPICS))


def announcements(course: OfflineCourse) -> Iterator[str]:
    """The announcements, with the time of each."""
    return course.articles(Kind.ANNOUNCEMENTS, partial(_topic, course, Kind.ANNOUNCEMENTS))


def _topic(course: OfflineCourse, kind: Kind, topic: DiscussionTopic) -> Iterator[str]:
    _ = course.texts.gettext
    posted = topic.posted_at or topic.delayed_post_at if kind is Kind.ANNOUNCEMENTS else None
    yield course.heading(topic, course.unpublished(topic.published))
    yield course.facts(
        (_("Posted"), course.moment(posted)),
        (_("Closes"), course.moment(topic.lock_at)),
        (_("Attachments"), _attachments(course, topic)),
    )
    yield course.content(topic.message, kind, topic.id, "message")


def _attachments(course: OfflineCourse, topic: DiscussionTopic) -> str:
    shown = []
    for each in topic.attachments or ():
        path = None if each.id is None else course.links.file(each.id)
        if path is not None:
            shown.append(path_link(path, each.display_name or path.rpartition("/")[2]))
    return ", ".join(shown)
