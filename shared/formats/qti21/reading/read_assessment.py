"""`<assessmentTest>` and its sections, with the items that they refer to. Source: QTI 2.1, tests."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import replace
from urllib.parse import unquote

from shared.domain.content.content_object import Number
from shared.domain.content.questions import BankQuestion, Question, QuizQuestion
from shared.domain.content.quizzes import QuestionBank, Quiz, QuizGroup
from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.imscp.relative_links import RelativeLinks
from shared.formats.qti.foreign.texts import lost_texts
from shared.formats.qti.incomplete_questions import missing_parts
from shared.formats.qti.read_assessment import UNREADABLE, DocumentContext
from shared.formats.qti.surplus_answers import surplus_answers
from shared.formats.qti21.reading.item_view import AssessmentItemView
from shared.formats.qti21.reading.read_item import read_item
from shared.formats.qti21.reading.read_markup import as_html, body_texts
from shared.formats.xml import Element

SECTION = "assessmentSection"
_RULES = ("preCondition", "branchRule")


class Documents:
    """The documents of a package by their members; `used` are those that another document refers to."""

    def __init__(self, documents: Iterable[tuple[str, Element]]) -> None:
        """Keep the (member, root) pairs in order."""
        self._roots = dict(documents)
        self.used: set[str] = set()
        # The sections that are being read: one that refers to itself would be read for ever.
        self.open: set[str] = set()

    def with_root(self, kind: str) -> Iterator[tuple[str, Element]]:
        """(member, root) of each document whose root has this name, in order."""
        return ((member, root) for member, root in self._roots.items() if xml.local(root) == kind)

    def at(self, href: str, member: str) -> tuple[str, Element] | None:
        """(member, root) of the document that a path from another member leads to; None for a missing one."""
        for path in (href, unquote(href)):
            target = posixpath.normpath(posixpath.join(posixpath.dirname(member), path))
            if target in self._roots:
                self.used.add(target)
                return target, self._roots[target]
        return None


def read_test(test: Element, quiz: Quiz, documents: Documents, context: DocumentContext) -> None:
    """Fill the quiz from the test, and add its groups and questions."""
    quiz.title = test.get("title") or quiz.title
    # QTI 2.1 counts seconds, 0 attempts stand for any number; Canvas has minutes and -1.
    seconds = xml.number_of(_attribute(test, "timeLimits", "maxTime"))
    parts = xml.find_all(test, "testPart")
    if seconds is None and len(parts) == 1:
        seconds = xml.number_of(_attribute(parts[0], "timeLimits", "maxTime"))
    quiz.time_limit = None if seconds is None else _whole(seconds / 60)
    if len(parts) > 1:
        context.warn(WarningCode.QTI2_PARTS_JOINED, f"{quiz.title} has several parts; they are one quiz here.")
    for part in parts:
        attempts = xml.number_of(_attribute(part, "itemSessionControl", "maxAttempts"))
        if attempts is not None:
            quiz.allowed_attempts = int(attempts) or -1
        shown = _attribute(part, "itemSessionControl", "showSolution")
        quiz.show_correct_answers = xml.flag_of(shown) if shown else quiz.show_correct_answers
        # A linear test shows one item after another, and none again.
        if part.get("navigationMode") == "linear":
            quiz.one_question_at_a_time = quiz.cant_go_back = True
        _Sections(quiz, documents, context).read_part(part, context.member)
    if xml.find(test, "testFeedback") is not None or xml.find(test, "testPart/testFeedback") is not None:
        context.warn(
            WarningCode.QTI2_FEEDBACK_NOT_MAPPED,
            f"{quiz.title} has feedback on the whole test, for which a quiz has no place.",
        )


def read_bank_section(section: Element, bank: QuestionBank, documents: Documents, context: DocumentContext) -> None:
    """Add the items that a section refers to, those in its sections included, to the bank."""
    members = []
    for ref in section.iter("{*}assessmentItemRef"):
        target = documents.at(ref.get("href") or "", context.member)
        if target is None:
            sentence = f"{bank.title} refers to {ref.get('href')}, which is not in the package."
            context.warn(WarningCode.QTI_REFERENCE_NOT_MAPPED, sentence)
        else:
            members.append(target[0])
    read_items(members, bank, documents, context)


def read_items(members: list[str], bank: QuestionBank, documents: Documents, context: DocumentContext) -> None:
    """Add items to a bank."""
    for member in members:
        document = documents.at(posixpath.basename(member), member)
        if document is not None:
            root = document[1]
            question_id, ident = context.new_object(Kind.BANK_QUESTIONS, root.get("identifier") or "")
            place = context.next_position()
            question = BankQuestion(id=question_id, migration_id=ident, question_bank_id=bank.id, position=place)
            add_question(root, question, Kind.BANK_QUESTIONS, context, member)


def add_question(root: Element, question: Question, kind: Kind, context: DocumentContext, member: str) -> bool:
    """Read the item into the question and add it; one that cannot be read leaves the rest of the test intact."""
    name = f"The item {root.get('identifier')} ({root.get('title')})"
    view = AssessmentItemView(root, lambda code, sentence: context.importing.warn(code, member, f"{name} {sentence}."))
    try:
        mapped = read_item(view, question)
    except UNREADABLE as error:
        sentence = f"{name} cannot be read: {type(error).__name__}: {error}"
        context.importing.warn(WarningCode.QTI_ITEM_UNREADABLE, member, sentence)
        return False
    if mapped:
        for code, predicate in (*missing_parts(question), *surplus_answers(question)):
            view.warn(code, predicate)
        for start in lost_texts(body_texts(view.body), question):
            view.warn(WarningCode.QTI_TEXT_LOST, f"has a text that no part of a question takes: {start}")
        links = RelativeLinks(posixpath.dirname(member), context.links.members)
        if question.new_quiz is not None and question.new_quiz.image_url:
            url = question.new_quiz.image_url
            question.new_quiz.image_url = links.token(url) or url
        context.importing.add(kind, question.map_html(links.resolved))
    return mapped


class _Sections:
    """Reads the sections of one test in order."""

    def __init__(self, quiz: Quiz, documents: Documents, context: DocumentContext) -> None:
        self._quiz, self._documents, self._context = quiz, documents, context

    def read_part(self, part: Element, member: str) -> None:
        """Questions and groups in order; a section without a selection is only a heading."""
        self._read_children(part, member, None)

    def _read_section(self, section: Element, member: str, group: QuizGroup | None) -> None:
        if group is not None:  # a quiz has no groups in groups: the questions belong to the outer one
            self._read_children(section, member, group)
            return
        self._warn_rules(section)
        self._warn_settings(section)
        if xml.find(section, "selection") is not None:
            self._read_group(section, member)
            return
        self._read_rubrics(section)
        self._read_children(section, member, None)

    def _read_child(self, child: Element, member: str, group: QuizGroup | None) -> None:
        name = xml.local(child)
        if name == "assessmentItemRef":
            self._read_question(child, member, group)
        if name == SECTION:
            self._read_section(child, member, group)
        if name == "assessmentSectionRef":
            self._read_file(child, member, group)

    def _read_children(self, section: Element, member: str, group: QuizGroup | None) -> None:
        for child in section:
            self._read_child(child, member, group)

    def _read_file(self, ref: Element, member: str, group: QuizGroup | None) -> None:
        """A section in a file of its own; a warning for a file that refers to itself, directly or through others."""
        target = self._documents.at(ref.get("href") or "", member)
        if target is None:
            self._warn_missing(ref)
        elif target[0] in self._documents.open:
            sentence = f"{self._quiz.title} refers to {ref.get('href')} inside of that section."
            self._context.warn(WarningCode.QTI_REFERENCE_NOT_MAPPED, sentence)
        else:
            self._documents.open.add(target[0])
            self._read_child(target[1], target[0], group)
            self._documents.open.remove(target[0])

    def _read_rubrics(self, section: Element) -> None:
        """The first rubric, if it precedes all questions, describes the quiz; any other becomes a text between questions."""
        rubric = "".join(as_html(block) for block in xml.find_all(section, "rubricBlock"))
        markup = self._context.links.resolved(rubric, "description")
        if markup and not self._context.position and self._quiz.description is None:
            self._quiz.description = markup
        elif markup:
            question = self._new_question(f"{section.get('identifier')}_rubric", None)
            question.question_name, question.question_type = section.get("title"), "text_only_question"
            question.question_text, question.unwrapped, question.points_possible = markup, True, 0
            self._context.importing.add(Kind.QUIZ_QUESTIONS, question)

    def _read_group(self, section: Element, member: str) -> None:
        group_id, ident = self._context.new_object(Kind.QUIZ_GROUPS, section.get("identifier") or "")
        group = QuizGroup(
            id=group_id,
            migration_id=ident,
            quiz_id=self._quiz.id,
            position=self._context.next_position(),
            name=section.get("title") or "",
            pick_count=int(xml.number_of(_attribute(section, "selection", "select")) or 0),
        )
        if xml.find(section, "rubricBlock") is not None:
            self._context.warn(WarningCode.QTI2_RUBRIC_NOT_MAPPED, f"The text in front of {group.name} was left out.")
        self._context.importing.add(Kind.QUIZ_GROUPS, group)
        before = len(self._context.importing.all(Kind.QUIZ_QUESTIONS))
        inside = _Sections(self._quiz, self._documents, replace(self._context, position=0))
        inside._read_children(section, member, group)
        # A group gives all its questions the same points.
        worth = {q.points_possible for q in self._questions(before) if q.quiz_group_id == group_id}
        group.question_points = worth.pop() if len(worth) == 1 else None
        if worth:
            self._context.warn(
                WarningCode.QTI2_POINTS_DIFFER, f"The questions of {group.name} are worth different points."
            )

    def _questions(self, start: int) -> list[QuizQuestion]:
        """The questions that were added from this index on."""
        added = self._context.importing.all(Kind.QUIZ_QUESTIONS)[start:]
        return [question for question in added if isinstance(question, QuizQuestion)]

    def _read_question(self, ref: Element, member: str, group: QuizGroup | None) -> None:
        self._warn_rules(ref)
        target = self._documents.at(ref.get("href") or "", member)
        if target is None:
            self._warn_missing(ref)
            return
        question = self._new_question(target[1].get("identifier") or ref.get("identifier") or "", group)
        if add_question(target[1], question, Kind.QUIZ_QUESTIONS, self._context, target[0]):
            added = self._questions(-1)[0]
            # A weight multiplies the score of one item in a test (QTI 2.1, weight); a quiz keeps the product.
            weight = xml.number_of(_attribute(ref, "weight", "value"))
            if weight is not None:
                added.points_possible = _whole((added.points_possible or 0) * weight)
            # A quiz shuffles all its questions or none; one interaction that shuffles decides.
            if _shuffles(target[1]):
                self._quiz.shuffle_answers = True

    def _new_question(self, identifier: str, group: QuizGroup | None) -> QuizQuestion:
        question_id, ident = self._context.new_object(Kind.QUIZ_QUESTIONS, identifier)
        return QuizQuestion(
            id=question_id,
            migration_id=ident,
            quiz_id=self._quiz.id,
            quiz_group_id=None if group is None else group.id,
            position=self._context.next_position(),
        )

    def _warn_rules(self, element: Element) -> None:
        if any(xml.find(element, name) is not None for name in _RULES):
            sentence = f"{element.get('identifier')} is shown under conditions; here it always is."
            self._context.warn(WarningCode.QTI2_RULE_NOT_MAPPED, sentence)

    def _warn_settings(self, section: Element) -> None:
        """Warn of what holds for one section alone: a quiz has such settings as a whole."""
        names = [each for each in ("timeLimits", "itemSessionControl") if xml.find(section, each) is not None]
        # A group draws at random anyway.
        shuffled = xml.find(section, "selection") is None and _attribute(section, "ordering", "shuffle") == "true"
        names += ["ordering"] if shuffled else []
        if names:
            sentence = f"{section.get('title')} has settings that have no place here: {', '.join(names)}."
            self._context.warn(WarningCode.QTI_SETTING_NOT_MAPPED, sentence)

    def _warn_missing(self, ref: Element) -> None:
        sentence = f"{self._quiz.title} refers to {ref.get('href')}, which is not in the package."
        self._context.warn(WarningCode.QTI_REFERENCE_NOT_MAPPED, sentence)


def _shuffles(item: Element) -> bool:
    names = ("choiceInteraction", "matchInteraction", "associateInteraction")
    return any(e.get("shuffle") == "true" for e in item.iter() if xml.local(e) in names)


def _attribute(parent: Element, child: str, name: str) -> str:
    element = xml.find(parent, child)
    return "" if element is None else element.get(name) or ""


def _whole(number: float) -> Number:
    return int(number) if number == int(number) else number
