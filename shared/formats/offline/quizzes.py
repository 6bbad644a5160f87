"""The quizzes as a person takes them: questions and choices, never what is right, and no comment on an answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from shared.domain.content.questions import QuizQuestion
from shared.domain.content.quizzes import Quiz, QuizGroup
from shared.domain.kinds import Kind
from shared.formats.offline.offline_course import OfflineCourse
from shared.formats.offline.questions import question_item
from shared.formats.qti.quiz_items import in_order

_UNLIMITED = -1


def written(course: OfflineCourse) -> Iterator[str]:
    """An article for each quiz."""
    return course.articles(Kind.QUIZZES, partial(_quiz, course))


def _quiz(course: OfflineCourse, quiz: Quiz) -> Iterator[str]:
    yield course.heading(quiz, course.unpublished(quiz.published))
    yield _facts(course, quiz)
    yield course.content(quiz.description, Kind.QUIZZES, quiz.id, "description")
    parts = [*in_order(quiz, course.packing)]
    if parts:
        yield f'<ol class="questions"{course.language}>\n'
        for part, questions in parts:
            yield from _part(course, part, questions)
        yield "</ol>\n"


def _part(course: OfflineCourse, part: QuizQuestion | QuizGroup, questions: Sequence[QuizQuestion]) -> Iterator[str]:
    """A question; or a group, with how many of its questions are drawn."""
    if not isinstance(part, QuizGroup):
        yield question_item(course, part, part.points_possible)
        return
    yield f'<li class="group"><p lang="{course.texts.language}" dir="{course.texts.direction}">{_drawn(course, part)}</p>\n'
    if questions:
        yield '<ol class="questions">\n'
        for question in questions:
            points = question.points_possible if part.question_points is None else part.question_points
            yield question_item(course, question, points)
        yield "</ol>\n"
    yield "</li>\n"


def _drawn(course: OfflineCourse, group: QuizGroup) -> str:
    count = 1 if group.pick_count is None else group.pick_count
    if group.assessment_question_bank_id is None and group.sourcebank_export_id is None:
        sentence = course.texts.ngettext(
            "{count} of these questions is drawn.", "{count} of these questions are drawn.", count
        )
    else:
        sentence = course.texts.ngettext(
            "{count} question is drawn from a question bank.",
            "{count} questions are drawn from a question bank.",
            count,
        )
    return sentence.format(count=count)


def _facts(course: OfflineCourse, quiz: Quiz) -> str:
    _ = course.texts.gettext
    minutes = None if quiz.time_limit is None else int(quiz.time_limit)
    attempts = quiz.allowed_attempts
    return course.facts(
        (_("Points"), course.points(quiz.points_possible)),
        (_("Due"), course.moment(quiz.due_at)),
        (_("Available from"), course.moment(quiz.unlock_at)),
        (_("Available until"), course.moment(quiz.lock_at)),
        (
            _("Time limit"),
            None
            if minutes is None
            else course.texts.ngettext("{count} minute", "{count} minutes", minutes).format(count=minutes),
        ),
        (
            _("Attempts"),
            None if attempts is None else _("unlimited") if attempts == _UNLIMITED else str(attempts),
        ),
    )
