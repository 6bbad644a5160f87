"""`<assessment>` and `<objectbank>`, as any tool wrote them, as quizzes, groups, banks and questions of the model."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from shared.domain.content.content_object import Number
from shared.domain.content.questions import BankQuestion, Question, QuizQuestion
from shared.domain.content.quizzes import QuestionBank, Quiz, QuizGroup
from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.importing import Importing
from shared.formats.imscp.relative_links import RelativeLinks
from shared.formats.qti.assessment import UNLIMITED
from shared.formats.qti.bank_entry import BANK_ENTRY
from shared.formats.qti.foreign.texts import lost_texts
from shared.formats.qti.idents import Idents
from shared.formats.qti.incomplete_questions import missing_parts
from shared.formats.qti.item_view import ItemView, metadata
from shared.formats.qti.material import read_material
from shared.formats.qti.qtimetadata import BANK_QUESTION, NO_BANK_QUESTION, PARENT_STIMULUS
from shared.formats.qti.read_item import read_item
from shared.formats.qti.surplus_answers import surplus_answers
from shared.formats.xml import Element

# The bank question that Canvas states for a question without one, in packages with global and with local identifiers.
_NO_BANK_QUESTION = (NO_BANK_QUESTION, f"i{NO_BANK_QUESTION[1:]}")
_DURATION = re.compile(r"P(?:([\d.]+)D)?(?:T(?:([\d.]+)H)?(?:([\d.]+)M)?(?:([\d.]+)S)?)?")
# The parts of an assessment or a section that hold texts for students.
_TEXTS = ("presentation_material", "rubric", "objectives")
# Settings that are read, and those that Common Cartridge and Respondus state of every quiz.
_KNOWN_SETTINGS = ("qmd_", "cc_", "bank_", "respondusapi_")
# What a faulty item may raise in its reader; anything else is a fault of ours.
UNREADABLE = (ValueError, TypeError, ArithmeticError, LookupError, AttributeError)


@dataclass(slots=True)
class DocumentContext:
    """A QTI document while it is read: where it lies, its links, and how far its positions have come."""

    importing: Importing
    member: str
    idents: Idents  # of the whole package
    links: RelativeLinks
    # In assessment_qti.xml Canvas gives an item the ident of its bank question, not of the question of the quiz.
    items_are_bank_questions: bool = False
    bank_questions: dict[str, BankQuestion] = field(default_factory=dict)  # of the whole package, by identifier
    position: int = field(default=0)

    def next_position(self) -> int:
        """The next position in the quiz or bank, from 1."""
        self.position += 1
        return self.position

    def warn(self, code: WarningCode, message: str) -> None:
        """Warn of something that cannot be mapped; the warning names the document."""
        self.importing.warn(code, self.member, message)

    def new_object(self, kind: Kind, ident: str) -> tuple[int, str]:
        """(id, identifier) of an object of this document, which a later export gives the ident that it has here.

        An ident that is in use in the package already becomes a unique identifier.
        """
        scoped = self.idents.own(kind, ident, self.member)
        object_id = self.importing.id_of(kind, scoped)
        self.importing.remember(kind, object_id, "", ident or scoped)
        return object_id, scoped


def read_assessment(assessment: Element, quiz: Quiz, context: DocumentContext) -> None:
    """Fill the quiz from the assessment, and add its groups and questions."""
    fields = metadata(assessment, "qtimetadata")
    quiz.title = assessment.get("title") or quiz.title
    limit = xml.number_of(fields.get("qmd_timelimit", ""))
    quiz.time_limit = limit or None
    quiz.allowed_attempts = _attempts(fields.get("cc_maxattempts"))
    if limit is None:
        quiz.time_limit = _minutes(xml.text_at(assessment, "duration") or "")
    _read_description(assessment, quiz, context)
    shuffled = {(each.get("shuffle") or "").lower() for each in assessment.iterfind(".//{*}render_choice")} - {""}
    quiz.shuffle_answers = "yes" in shuffled if shuffled else None
    _warn_unmapped(assessment, quiz, fields, context)
    _read_section(assessment, quiz, context)


def _read_description(assessment: Element, quiz: Quiz, context: DocumentContext) -> None:
    """The texts in front of the questions: tools other than Canvas describe a quiz there."""
    quiz.description = context.links.resolved(_introduction(assessment), "description") or None


def _introduction(parent: Element) -> str:
    """The texts in front of the questions of an assessment or a section, as HTML."""
    return "".join(read_material(xml.find(parent, name)).as_html for name in _TEXTS)


def _warn_unmapped(assessment: Element, quiz: Quiz, fields: dict[str, str], context: DocumentContext) -> None:
    """Warn of settings that a quiz does not have, once a quiz, and of feedback on the whole."""
    names = sorted(label for label, entry in fields.items() if entry.strip() and not label.startswith(_KNOWN_SETTINGS))
    parts = {
        "time limits of sections": "{*}section//{*}duration",
        "selections by metadata": ".//{*}selection_metadata",
        "a selection of sections": "{*}selection_ordering/{*}selection/{*}selection_number",
    }
    names += [name for name, path in parts.items() if _outside_items(assessment, path)]
    if names:
        sentence = f"{quiz.title} has settings that have no place here: {', '.join(names[:20])}."
        context.warn(WarningCode.QTI_SETTING_NOT_MAPPED, sentence)
    for feedback in (each for each in assessment.iter("{*}assessfeedback", "{*}sectionfeedback") if _words(each)):
        sentence = f"{quiz.title} has feedback on the whole ({feedback.get('ident')}), for which a quiz has no place."
        context.warn(WarningCode.QTI_FEEDBACK_NOT_MAPPED, sentence)


def _outside_items(assessment: Element, path: str) -> bool:
    elements = assessment.iterfind(path)
    return any(all(xml.local(parent) != "item" for parent in element.iterancestors()) for element in elements)


def _words(element: Element) -> str:
    return read_material(element).as_html.strip()


def _minutes(duration: str) -> Number | None:
    """The minutes of a duration such as PT1H30M. Source: ISO 8601, as QTI 1.2 uses it."""
    match = _DURATION.fullmatch(duration.strip())
    if match is None:
        return None
    days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
    total = days * 1440 + hours * 60 + minutes + seconds / 60
    return int(total) if total == int(total) else total


def read_bank(objectbank: Element, bank: QuestionBank, context: DocumentContext) -> None:
    """Fill the bank from the object bank, and add its questions."""
    fields = metadata(objectbank, "qtimetadata")
    bank.title = fields.get("bank_title") or objectbank.get("title") or bank.title
    bank.bank_type = fields.get("bank_type") or None
    bank.bank_context_uuid = fields.get("bank_context_uuid") or None
    bank.bank_state = fields.get("bank_state") or None
    read_bank_items(objectbank, bank, context)


def read_bank_items(parent: Element, bank: QuestionBank, context: DocumentContext) -> None:
    """Add the items below an element, those in its sections included, to the bank."""
    for element in parent.iter():
        if xml.local(element) == "item":
            question_id, ident = context.new_object(Kind.BANK_QUESTIONS, element.get("ident") or "")
            question = BankQuestion(
                id=question_id, migration_id=ident, question_bank_id=bank.id, position=context.next_position()
            )
            _add(element, question, Kind.BANK_QUESTIONS, context)


def _attempts(text: str | None) -> int | None:
    """The attempts; -1 for `unlimited` and for a number below 1, as in Canvas."""
    number = xml.number_of(text or "")
    if (text or "").strip().lower() == UNLIMITED:
        return -1
    return None if number is None else int(number) if number >= 1 else -1


def _read_section(section: Element, quiz: Quiz, context: DocumentContext) -> None:
    """Questions and groups in order; a section without a selection is only a heading, its content the quiz's own."""
    for child in section:
        name = xml.local(child)
        if name == "item":
            _read_question(child, quiz, None, context)
        if name == "section" and _selects(child):
            _read_group(child, quiz, context)
        elif name == "section":
            _read_introduction(child, quiz, context)
            _read_section(child, quiz, context)
        if name in ("bankentry_item", "itemref", "sectionref"):
            _read_reference(child, quiz, context)


def _selects(section: Element) -> bool:
    """Whether questions are drawn for a section; Samigo writes an empty selection into each."""
    selections = xml.find_all(section, "selection_ordering/selection")
    return any(xml.inner_text(each).strip() or xml.find(each, "selection_extension") is not None for each in selections)


def _read_introduction(section: Element, quiz: Quiz, context: DocumentContext) -> None:
    """A text in front of a section becomes a text between the questions, as of a section of QTI 2."""
    text = _introduction(section)
    if text:
        question_id, ident = context.new_object(Kind.QUIZ_QUESTIONS, f"{section.get('ident') or ''}_text")
        question = QuizQuestion(
            id=question_id,
            migration_id=ident,
            quiz_id=quiz.id,
            position=context.next_position(),
            question_name=section.get("title"),
            question_type="text_only_question",
            question_text=context.links.resolved(text, "question_text"),
            unwrapped=True,
            points_possible=0,
        )
        context.importing.add(Kind.QUIZ_QUESTIONS, question)


def _read_group(section: Element, quiz: Quiz, context: DocumentContext) -> None:
    group_id, ident = context.new_object(Kind.QUIZ_GROUPS, section.get("ident") or "")
    selection, *further = xml.find_all(section, "selection_ordering/selection")
    if further:
        sentence = f"{section.get('title')} draws from {len(further) + 1} selections; the first is kept."
        context.warn(WarningCode.QTI_REFERENCE_NOT_MAPPED, sentence)
    if _introduction(section):
        sentence = f"The text in front of {section.get('title')} was left out: {_introduction(section)[:60]}"
        context.warn(WarningCode.QTI_TEXT_LOST, sentence)
    group = QuizGroup(
        id=group_id,
        migration_id=ident,
        quiz_id=quiz.id,
        position=context.next_position(),
        name=section.get("title") or "",
        pick_count=xml.int_at(selection, "selection_number"),
        question_points=xml.number_at(selection, "selection_extension/points_per_item"),
        sourcebank_context=_text(selection, "selection_extension/sourcebank_context"),
        sourcebank_export_id=_text(selection, "sourcebank_export_id"),
    )
    bank = _text(selection, "sourcebank_ref")
    if bank is not None:
        # The number of a bank of another course has no object in the package: it is kept as it is.
        outside = group.sourcebank_context is not None and bank.isdecimal()
        group.assessment_question_bank_id = int(bank) if outside else context.importing.id_of(Kind.QUESTION_BANKS, bank)
    context.importing.add(Kind.QUIZ_GROUPS, group)
    inside = replace(context, position=0)
    for item in _items(section):
        _read_question(item, quiz, group, inside)


def _items(section: Element) -> Iterator[Element]:
    return (element for element in section.iter() if xml.local(element) == "item")


def _read_question(element: Element, quiz: Quiz, group: QuizGroup | None, context: DocumentContext) -> None:
    stated = element.get("ident") or ""
    question_id, ident = context.new_object(Kind.QUIZ_QUESTIONS, stated)
    question = QuizQuestion(
        id=question_id,
        migration_id=ident,
        quiz_id=quiz.id,
        quiz_group_id=None if group is None else group.id,
        position=context.next_position(),
    )
    view = _add(element, question, Kind.QUIZ_QUESTIONS, context)
    bank_question = view.metadata.get("assessment_question_identifierref", "").strip()
    if not bank_question and context.items_are_bank_questions:
        bank_question = stated
    if bank_question in _NO_BANK_QUESTION:
        context.importing.remember(Kind.QUIZ_QUESTIONS, question_id, BANK_QUESTION, bank_question)
    elif bank_question:
        question.assessment_question_id = context.importing.id_of(Kind.BANK_QUESTIONS, bank_question)


def _add(element: Element, question: Question, kind: Kind, context: DocumentContext) -> ItemView:
    """Read the item into the question and add it; an item that cannot be read leaves the rest of the quiz intact."""
    name = f"The question {element.get('ident')} ({element.get('title')})"
    view = ItemView(element, lambda code, sentence: context.warn(code, f"{name} {sentence}."))
    try:
        read_item(view, question)
    except UNREADABLE as error:
        context.warn(WarningCode.QTI_ITEM_UNREADABLE, f"{name} cannot be read: {type(error).__name__}: {error}")
    else:
        for code, predicate in (*missing_parts(question), *surplus_answers(question)):
            view.warn(code, predicate)
        for start in lost_texts(view.texts, question):
            view.warn(WarningCode.QTI_TEXT_LOST, f"has a text that no part of a question takes: {start}")
        stimulus = view.metadata.get(PARENT_STIMULUS, "").strip()
        if stimulus:
            question.parent_stimulus_id = context.importing.id_of(kind, stimulus)
        resolved = question.map_html(context.links.resolved)
        # In place: the caller sets further fields.
        for name in question.__struct_fields__:
            setattr(question, name, getattr(resolved, name))
        context.importing.add(kind, question)
        if isinstance(question, BankQuestion) and question.migration_id:
            context.bank_questions.setdefault(question.migration_id, question)
    return view


def _read_reference(element: Element, quiz: Quiz, context: DocumentContext) -> None:
    """A reference to a bank question becomes a question of the quiz; a warning where the package does not hold it."""
    ident = element.get("item_ref") or element.get("linkrefid") or ""
    target = context.bank_questions.get(ident)
    if target is None:
        is_entry = xml.local(element) == "bankentry_item"
        note = " The reference is kept." if is_entry and context.importing.carried.note(element) else ""
        sentence = f"{quiz.title} refers to {ident}, which the package does not hold.{note}"
        context.warn(WarningCode.QTI_REFERENCE_NOT_MAPPED, sentence)
        return
    question_id, scoped = context.new_object(Kind.QUIZ_QUESTIONS, ident)
    data = {name: getattr(target, name) for name in Question.__struct_fields__}
    data |= {"id": question_id, "migration_id": scoped, "position": context.next_position()}
    points = xml.number_of(element.get("points_possible") or "")
    data["points_possible"] = target.points_possible if points is None else points
    if xml.local(element) == "bankentry_item":
        entry_type = element.get("entry_type") or "Item"
        context.importing.remember(Kind.QUIZ_QUESTIONS, question_id, BANK_ENTRY, entry_type)
    stimulus = element.get(PARENT_STIMULUS)
    data["parent_stimulus_id"] = stimulus and context.importing.id_of(Kind.QUIZ_QUESTIONS, stimulus)
    context.importing.add(Kind.QUIZ_QUESTIONS, QuizQuestion(**data, quiz_id=quiz.id, assessment_question_id=target.id))


def _text(parent: Element, path: str) -> str | None:
    return (xml.text_at(parent, path) or "").strip() or None
