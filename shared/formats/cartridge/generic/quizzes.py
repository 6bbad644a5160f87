"""Quizzes in the question profile of Common Cartridge alone, as other readers and Moodle take them.

Source: IMS Common Cartridge 1.1, QTI profile; one section, five question types, no groups.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from shared.domain.content.quizzes import Quiz
from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats.cartridge.generic.listing import TitledResources
from shared.formats.cartridge.generic.member_paths import MemberPaths
from shared.formats.cartridge.quizzes import ASSESSMENT
from shared.formats.entry import Entry
from shared.formats.imscp.resource import Resource
from shared.formats.packing import NothingToPack, Packing
from shared.formats.qti.cc_items import cc_items
from shared.formats.qti.packages.generic_assessment import SUPPORTED_SETTINGS, assessment_document
from shared.formats.qti.packages.unsupported_settings import warn_unsupported
from shared.formats.qti.portable_items import Section, quiz_items
from shared.formats.xml import Element


def write(packing: Packing, listing: TitledResources, paths: MemberPaths) -> Iterator[Entry]:
    """The selected quizzes in course order; one without a question of the profile is left out with a warning."""
    return packing.each(Kind.QUIZZES, partial(_write, packing, listing, paths))


def _write(packing: Packing, listing: TitledResources, paths: MemberPaths, quiz: Quiz) -> Iterator[Entry]:
    quiz = packing.html(Kind.QUIZZES, quiz)
    items = _first_picks(packing, quiz_items(quiz, packing, cc_items(packing)))
    if not items:
        reason = "None of its questions can be packed, and readers refuse an empty quiz."
        raise NothingToPack(WarningCode.QUIZ_EMPTY, reason)
    warn_unsupported(quiz, SUPPORTED_SETTINGS, packing)
    key, path = packing.key(Kind.QUIZZES, quiz.id), paths.of(Kind.QUIZZES, quiz.id)
    hidden = quiz.published is False
    listing.add(Resource(key, ASSESSMENT, files=(path,), instructor_only=hidden), quiz.title or "Quiz")
    yield Entry(path, assessment_document(quiz, items, packing, cc_profile=True))


def _first_picks(packing: Packing, contents: list[Element | Section[Element]]) -> list[Element]:
    """The items in order; a group, which would draw some of its questions, is its first ones, with a warning."""
    items: list[Element] = []
    for entry in contents:
        if not isinstance(entry, Section):
            items.append(entry)
            continue
        picks = entry.items[: entry.select_count]
        if len(picks) < len(entry.items):
            if not entry.copied:
                packing.report.unpack(Kind.QUIZ_QUESTIONS, len(entry.items) - len(picks))
            sentence = f"The format has no groups: the first {len(picks)} of {len(entry.items)} questions are packed."
            packing.report.warn(
                WarningCode.GROUP_FIXED,
                sentence,
                kind=Kind.QUIZ_GROUPS,
                item_id=entry.group.id,
                title=entry.group.label,
            )
        items.extend(picks)
    return items
