"""`index.html`: the course as a person reads it, and the report, in one page that needs nothing but its package.

It has no script, and a policy that lets none run and nothing be loaded but pictures and media of the package. The page is
written piece by piece while the course is read a second time, one object after the other, so that its size costs no memory.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files

import msgspec

from shared.domain.advice import advice
from shared.domain.content.course import Course
from shared.domain.kinds import Kind, family
from shared.domain.language.code_sentences import code_sentence
from shared.domain.language.texts import Texts
from shared.domain.language.time_zones import zone_of
from shared.domain.report import ItemWarning, Receipt
from shared.formats.imscp.own_members import GENERATOR
from shared.formats.offline import file_tree, modules, objects, quizzes
from shared.formats.offline.language import PAGES
from shared.formats.offline.links import PageLinks, anchor
from shared.formats.offline.markup import title
from shared.formats.offline.offline_course import OfflineCourse
from shared.formats.offline.packed_files import PackedFiles
from shared.formats.offline.report import (
    ReportedWarning,
    ReportFacts,
    counts_by_kind,
    object_name,
    report_sections,
)
from shared.formats.packing import Packing

_CHUNK = 64 * 1024  # characters that are put together before they are encoded
_MANY = 25  # titles in a list of the contents, from which on it is folded


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the page: the kind of its objects, its title, and what writes it."""

    kind: Kind
    title: str
    written: Callable[[OfflineCourse], Iterator[str]]


def chunks(
    packing: Packing, packed_files: PackedFiles, locales: Sequence[str | None], *, in_parts: bool
) -> Iterator[bytes]:
    """The page, once everything else of the package is written and the report is closed.

    It is in the first of the locales that has a catalogue. `in_parts` says that the package is one of several.
    """
    packed_files.lose(packing.lost_members)
    texts = PAGES.texts_for(*locales)
    sections = _sections(packing, texts)
    links = PageLinks(packing, packed_files.sizes, frozenset(family(section.kind) for section in sections))
    course = OfflineCourse(packing, texts, zone_of(packing.course.course.time_zone), links)
    return _encoded(_page(course, sections, packed_files, in_parts=in_parts))


def _encoded(pieces: Iterator[str]) -> Iterator[bytes]:
    held, size = [], 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= _CHUNK:
            yield "".join(held).encode("utf-8", "replace")
            held, size = [], 0
    yield "".join(held).encode("utf-8", "replace")


def _sections(packing: Packing, texts: Texts) -> list[Section]:
    """The sections for the type of the package that could have something in it."""
    _ = texts.gettext
    quiz = Section(Kind.QUIZZES, _("Quizzes"), quizzes.written)
    if packing.request.export_type == "zip":
        return []
    if packing.request.export_type == "qti":
        return [quiz]
    reading = Section(Kind.MODULES, _("Modules"), modules.written)
    if packing.request.thin:  # it has links to everything else
        return [reading]
    syllabus = Section(Kind.COURSES, _("Syllabus"), objects.syllabus)
    return [
        *([syllabus] if _has_syllabus(packing) else []),
        reading,
        Section(Kind.PAGES, _("Pages"), objects.pages),
        Section(Kind.ASSIGNMENTS, _("Assignments"), objects.assignments),
        Section(Kind.DISCUSSION_TOPICS, _("Discussions"), objects.discussions),
        Section(Kind.ANNOUNCEMENTS, _("Announcements"), objects.announcements),
        quiz,
    ]


def _has_syllabus(packing: Packing) -> bool:
    return bool(packing.course.course.syllabus_body) and packing.selection.flag("syllabus_body")


def _page(
    course: OfflineCourse, sections: Sequence[Section], packed_files: PackedFiles, *, in_parts: bool
) -> Iterator[str]:
    texts, _ = course.texts, course.texts.gettext
    yield _head(course.packing.course.course, texts)
    skip = escape(_("Skip to the content"))
    yield f'<body>\n<a class="skip" href="#main">{skip}</a>\n'
    yield from _header(course)
    titles = [(section, _titles(course, section)) for section in sections]
    shown = [(section, items) for section, items in titles if items or section.kind is Kind.COURSES]
    has_files = bool(packed_files.sizes or packed_files.folders)
    yield from _contents(course, shown, has_files=has_files)
    yield '<main id="main" tabindex="-1">\n'
    if in_parts:
        sentence = _("This package has several parts: unpack all of them into one folder, so that the links work.")
        yield f"<p><strong>{escape(sentence)}</strong></p>\n"
    for section, _items in shown:
        yield from _framed(str(section.kind), section.title, section.written(course))
    if has_files:
        yield from _framed("files", _("Files"), file_tree.written(packed_files, texts))
    yield from _framed("report", _("Report of the export"), _report(course.packing.report.receipt(), texts))
    last = escape(_("This page can be read without a connection."))
    yield f"</main>\n<footer><p>{last}</p></footer>\n"
    yield "</body>\n</html>\n"


def _framed(name: str, heading: str, pieces: Iterator[str]) -> Iterator[str]:
    yield f'<section aria-labelledby="section-{name}">\n<h2 id="section-{name}">{escape(heading)}</h2>\n'
    yield from pieces
    yield "</section>\n"


def _head(course: Course, texts: Texts) -> str:
    style, policy = _style()
    return (
        f'<!doctype html>\n<html lang="{texts.language}" dir="{texts.direction}">\n<head>\n<meta charset="utf-8">\n{GENERATOR}\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{escape(course.name or str(course.id))}</title>\n<style>{style}</style>\n</head>\n"
    )


@cache
def _style() -> tuple[str, str]:
    """(the style, the policy that allows this style and no other)."""
    style = files(__package__).joinpath("page.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    shown = "img-src 'self' file: data:; media-src 'self' file:"
    return style, f"default-src 'none'; style-src 'sha256-{digest}'; {shown}; base-uri 'none'; form-action 'none'"


def _header(course: OfflineCourse) -> Iterator[str]:
    item, _ = course.packing.course.course, course.texts.gettext
    yield f"<header>\n<h1{course.language}>{title(item.name or str(item.id))}</h1>\n"
    yield course.facts(
        (_("Course code"), item.course_code and title(item.course_code)),
        (_("Starts"), course.moment(item.start_at)),
        (_("Ends"), course.moment(item.end_at)),
    )
    yield "</header>\n"


def _titles(course: OfflineCourse, section: Section) -> list[str]:
    """Links to the objects of a section."""
    packing = course.packing
    return [
        f'<li><a href="#{anchor(section.kind, ref.id)}">{title(ref.title or str(ref.id))}</a></li>\n'
        for ref in packing.course.refs(section.kind)
        if packing.selected(section.kind, ref.id)
    ]


def _contents(course: OfflineCourse, shown: Sequence[tuple[Section, list[str]]], *, has_files: bool) -> Iterator[str]:
    """The table of contents: the sections, each with the titles of its objects."""
    _ = course.texts.gettext
    contents, files_title, report = escape(_("Contents")), escape(_("Files")), escape(_("Report of the export"))
    yield f'<nav aria-labelledby="contents">\n<h2 id="contents">{contents}</h2>\n<ul>\n'
    for section, items in shown:
        link = f'<a href="#section-{section.kind}">{escape(section.title)}</a>'
        if not items:
            yield f"<li>{link}</li>\n"
            continue
        entries = course.texts.ngettext("{count} entry", "{count} entries", len(items)).format(count=len(items))
        folded = "" if len(items) > _MANY else " open"
        yield f"<li>{link}\n<details{folded}><summary>{escape(entries)}</summary>\n<ol{course.language}>\n"
        yield from items
        yield "</ol></details></li>\n"
    if has_files:
        yield f'<li><a href="#section-files">{files_title}</a></li>\n'
    yield f'<li><a href="#section-report">{report}</a></li>\n</ul>\n</nav>\n'


def _report(receipt: Receipt, texts: Texts) -> Iterator[str]:
    _ = texts.gettext
    sentence = _("Everything is in the package.") if receipt.complete else _("Something is missing in the package.")
    yield f"<p><strong>{escape(sentence)}</strong></p>\n"
    counts = counts_by_kind(msgspec.structs.asdict(receipt))
    warnings = [_warning(warning, texts) for warning in receipt.warnings]
    yield from report_sections(ReportFacts(counts, receipt.included_because, warnings), _, level=3)


def _warning(warning: ItemWarning, texts: Texts) -> ReportedWarning:
    shown = object_name(warning.kind, warning.item_id, warning.title)
    what_to_do = code_sentence(texts, advice(warning.code).what_to_do)
    return ReportedWarning(warning.message, shown, what_to_do, warning.code)
