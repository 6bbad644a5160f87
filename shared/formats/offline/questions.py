"""A question as a person reads it before answering. Nothing here depends on which answer is right.

Where the order of what a question holds is its key (pairs to match, an order to find), choices are sorted by their words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from html import escape

from shared.domain.content.answers import Answer, Match
from shared.domain.content.content_object import Number
from shared.domain.content.questions import Question
from shared.domain.kinds import Kind
from shared.formats.offline.offline_course import OBJECT_LEVEL, OfflineCourse
from shared.formats.qti.completed_question import completed

_TYPED, _WORD_BANK = "openEntry", "wordbank"  # how blanks of New Quizzes are filled

Shown = Callable[[OfflineCourse, Question], str]


def question_item(course: OfflineCourse, question: Question, points: Number | None) -> str:
    """The question as an item of its quiz's list."""
    body = course.shown(lambda: _body(course, completed(question)))
    note = course.points(points)
    tag = f'<p class="tag" lang="{course.texts.language}">{note}</p>\n' if note and not _only_text(question) else ""
    return f"<li>{tag}{body}</li>\n"


def _body(course: OfflineCourse, question: Question) -> Iterator[str]:
    yield _html(course, question, question.question_text)
    yield _choices(course, question)


def _only_text(question: Question) -> bool:
    return question.question_type == "text_only_question"


def _choices(course: OfflineCourse, question: Question) -> str:
    shown = _SHOWN.get(question.question_type)  # of an unknown type, nobody knows which field is its key
    return "" if shown is None else shown(course, question)


def _html(course: OfflineCourse, question: Question, written: str | None) -> str:
    safe = course.html(written, Kind.QUIZ_QUESTIONS, question.id, "question_text", OBJECT_LEVEL)
    return f'<div class="text">{safe}</div>\n' if safe else ""


def _words(course: OfflineCourse, question: Question, part: Answer | Match) -> str:
    if part.html:
        return course.html(part.html, Kind.QUIZ_QUESTIONS, question.id, "answers", OBJECT_LEVEL)
    return escape(part.text or "")


def _list(label: str, items: Iterable[str]) -> str:
    lines = "".join(f"<li>{item}</li>\n" for item in items)
    return f'<p class="label">{escape(label)}</p>\n<ul class="choices">\n{lines}</ul>\n' if lines else ""


def _sorted(items: Iterable[str]) -> list[str]:
    """The items by their words, each once: their order gives nothing away."""
    return sorted(set(items), key=lambda item: (item.casefold(), item))


def _one_of(course: OfflineCourse, question: Question) -> str:
    label = course.texts.gettext("Choose one:")
    return _list(label, (_words(course, question, answer) for answer in question.answers))


def _any_of(course: OfflineCourse, question: Question) -> str:
    label = course.texts.gettext("Choose all that apply:")
    return _list(label, (_words(course, question, answer) for answer in question.answers))


def _pairs(course: OfflineCourse, question: Question) -> str:
    """The left sides in their order, and all right sides and distractors by their words."""
    left = [
        course.html(answer.left_html, Kind.QUIZ_QUESTIONS, question.id, "answers")
        if answer.left_html
        else escape(answer.left or answer.text or "")
        for answer in question.answers
    ]
    right = {match.text or "" for match in question.matches} | {answer.right or "" for answer in question.answers}
    right |= {line.strip() for line in (question.matching_answer_incorrect_matches or "").splitlines()}
    _ = course.texts.gettext
    return _list(_("Match each of these:"), left) + _list(_("with one of these:"), map(escape, _sorted(right - {""})))


def _categories(course: OfflineCourse, question: Question) -> str:
    _ = course.texts.gettext
    entries = _sorted(_words(course, question, match) for match in question.matches)
    names = [_words(course, question, answer) for answer in question.answers]
    return _list(_("Sort these:"), entries) + _list(_("into these categories:"), names)


def _order(course: OfflineCourse, question: Question) -> str:
    label = course.texts.gettext("Put these in order:")
    return _list(label, _sorted(_words(course, question, answer) for answer in question.answers))


def _dropdowns(course: OfflineCourse, question: Question) -> str:
    """The choices of each blank."""
    return _blanks_of(course, question, [each for each in question.answers if each.answer_type != _TYPED])


def _blanks(course: OfflineCourse, question: Question) -> str:
    """What has to be typed into a blank is its key, and is not shown; blanks of New Quizzes may have choices."""
    choices = [each for each in question.answers if each.answer_type and each.answer_type != _TYPED]
    if not choices:
        return _hint(course, course.texts.gettext("Fill in the blanks."))
    return _blanks_of(course, question, choices)


def _blanks_of(course: OfflineCourse, question: Question, answers: Iterable[Answer]) -> str:
    blanks: dict[str, list[str]] = {}
    for answer in answers:
        # Of a bank of words, each blank has its own alone: together they are what people choose from.
        name = "" if answer.answer_type == _WORD_BANK else answer.blank_id or ""
        blanks.setdefault(name, []).append(_words(course, question, answer))
    _ = course.texts.gettext
    labels = {name: _("Choices for [{blank}]:").format(blank=name) if name else _("Choices:") for name in blanks}
    return "".join(_list(labels[name], _sorted(choices)) for name, choices in blanks.items())


def _hint(course: OfflineCourse, sentence: str) -> str:
    return f'<p class="label" lang="{course.texts.language}">{escape(sentence)}</p>\n'


def _number(course: OfflineCourse, _question: Question) -> str:
    return _hint(course, course.texts.gettext("Answer with a number."))


def _short(course: OfflineCourse, _question: Question) -> str:
    return _hint(course, course.texts.gettext("Answer in a few words."))


def _text(course: OfflineCourse, _question: Question) -> str:
    return _hint(course, course.texts.gettext("Answer in your own words."))


def _upload(course: OfflineCourse, _question: Question) -> str:
    return _hint(course, course.texts.gettext("Upload a file."))


def _area(course: OfflineCourse, question: Question) -> str:
    """The picture; the area that is right is not shown."""
    address = question.new_quiz and question.new_quiz.image_url
    picture = f'<img src="{escape(address)}" alt="">' if address else ""
    shown = course.html(picture, Kind.QUIZ_QUESTIONS, question.id, "new_quiz.image_url")
    return shown + _hint(course, course.texts.gettext("Mark a place in the picture."))


_SHOWN: Mapping[str, Shown] = {
    "multiple_choice_question": _one_of,
    "true_false_question": _one_of,
    "multiple_answers_question": _any_of,
    "matching_question": _pairs,
    "categorization_question": _categories,
    "ordering_question": _order,
    "multiple_dropdowns_question": _dropdowns,
    "fill_in_multiple_blanks_question": _blanks,
    "short_answer_question": _short,
    "numerical_question": _number,
    "calculated_question": _number,
    "essay_question": _text,
    "file_upload_question": _upload,
    "hot_spot_question": _area,
}
