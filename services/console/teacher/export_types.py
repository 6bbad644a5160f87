"""What can be exported in which form, in words for people: export types, their versions, and the readers they are for."""

from __future__ import annotations

from dataclasses import dataclass

from services.console.teacher.place import Place
from shared.domain.export import VERSIONS, ExportType
from shared.domain.language.texts import Texts

_QUIZZES = ("quizzes", "assessment_question_banks")
_FILES = ("attachments",)


@dataclass(frozen=True, slots=True)
class TypeChoice:
    """An export type with what a person chooses in it. `areas` are the parts of content_list it takes; empty: all."""

    name: str
    title: str
    sentence: str
    versions: tuple[tuple[str, str], ...]  # (version, sentence); the first is the default
    targets: tuple[tuple[str, str], ...]
    areas: tuple[str, ...] = ()


def type_choices(place: Place, texts: Texts) -> list[TypeChoice]:
    """The types that this place has, the usual one first."""
    choices = [_files(texts)]
    if place.is_course:
        choices = [_cartridge(texts), _quizzes(texts), *choices]
    return choices


def type_title(export_type: str, texts: Texts) -> str:
    """The name of a type for people."""
    titles = {each.name: each.title for each in (_cartridge(texts), _quizzes(texts), _files(texts))}
    return titles.get(export_type, export_type)


def areas_of(export_type: str) -> tuple[str, ...]:
    """The areas of content_list that this type takes; empty: all."""
    return {ExportType.QTI.value: _QUIZZES, ExportType.ZIP.value: _FILES}.get(export_type, ())


def _cartridge(texts: Texts) -> TypeChoice:
    _ = texts.gettext
    return TypeChoice(
        ExportType.COMMON_CARTRIDGE.value,
        _("The course (Common Cartridge)"),
        _("Pages, assignments, quizzes, discussions and files in one package, which another course can import."),
        _versions(
            ExportType.COMMON_CARTRIDGE,
            _("The form that Canvas itself exports, and most systems read."),
            _("Newer: keywords and links in the form of Common Cartridge 1.2."),
            _("The newest: assignments in the standard's own form."),
        ),
        _targets(texts),
    )


def _quizzes(texts: Texts) -> TypeChoice:
    _ = texts.gettext
    return TypeChoice(
        ExportType.QTI.value,
        _("Quizzes (QTI)"),
        _("Quizzes with their questions and keys, for another course or a question bank."),
        _versions(
            ExportType.QTI,
            _("The form that Canvas and most systems read."),
            _("For systems that ask for QTI 2.1."),
            _("For systems that ask for QTI 3."),
        ),
        _targets(texts),
        _QUIZZES,
    )


def _files(texts: Texts) -> TypeChoice:
    _ = texts.gettext
    sentence = _("The files in their folders, as a zip that every computer opens.")
    return TypeChoice(ExportType.ZIP.value, _("Files (zip)"), sentence, (), (), _FILES)


def _versions(export_type: ExportType, *sentences: str) -> tuple[tuple[str, str], ...]:
    return tuple(zip(VERSIONS[export_type], sentences, strict=True))


def _targets(texts: Texts) -> tuple[tuple[str, str], ...]:
    _ = texts.gettext
    return (
        ("canvas", _("For Canvas: with everything that Canvas can read back.")),
        ("generic", _("For other systems: by the letter of the standard, without what only Canvas knows.")),
    )
