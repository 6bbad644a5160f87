"""The report of an export for people: tables of counts, and the warnings grouped by what to do about them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from shared.formats.offline.markup import table

Translate = Callable[[str], str]
COUNTS = ("expected", "packed", "skipped", "failed", "excluded")


@dataclass(frozen=True, slots=True)
class ReportedWarning:
    """A warning: its sentence in English, the object that it is about, and what to do in the language of the page."""

    message: str
    object: str
    what_to_do: str
    code: str


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """A report, from the receipt or from the API. Counts are by kind, in the order of COUNTS."""

    counts: Sequence[tuple[str, Sequence[int]]]
    because: Mapping[str, str]  # objects that were brought along -> the reason
    warnings: Sequence[ReportedWarning]


def object_name(kind: object, item_id: object, title: object) -> str:
    """The object that a warning is about, as far as it is known: `pages 12 "Welcome"`."""
    return " ".join(str(part) for part in (kind, item_id, f'"{title}"' if title else "") if part)


def counts_by_kind(receipt: Mapping[str, Mapping[str, int] | None]) -> list[tuple[str, list[int]]]:
    """(kind, its counts in the order of COUNTS), by kind."""
    columns = [receipt.get(word) or {} for word in COUNTS]
    return [(kind, [column.get(kind, 0) for column in columns]) for kind in sorted(set().union(*columns))]


def report_sections(facts: ReportFacts, _: Translate, level: int = 2) -> Iterator[str]:
    """The tables and the warnings. `level` is that of their headings."""
    headers = (_("Kind"), _("Expected"), _("Packed"), _("Skipped"), _("Failed"), _("Excluded"))
    names = kind_names(_)
    yield table(_("Objects by kind"), headers, [(names.get(kind, kind), *map(str, row)) for kind, row in facts.counts])
    yield table(_("Brought along by the selection"), (_("Object"), _("Because of")), facts.because.items())
    if facts.warnings:
        heading = escape(_("Warnings, by what to do"))
        yield f"<h{level}>{heading}</h{level}>\n"
        for advice, warnings in _grouped(facts.warnings).items():
            yield _group(advice, warnings, level + 1)


def _grouped(warnings: Iterable[ReportedWarning]) -> dict[str, list[ReportedWarning]]:
    groups: dict[str, list[ReportedWarning]] = {}
    for warning in warnings:
        groups.setdefault(warning.what_to_do, []).append(warning)
    return groups


def _group(advice: str, warnings: Sequence[ReportedWarning], level: int) -> str:
    lines = "".join(
        f'<li>{escape(each.message)} <span class="note">{escape(each.object)} <code>{escape(each.code)}</code></span></li>\n'
        for each in warnings
    )
    heading = f"<h{level}>{escape(advice)}</h{level}>\n"
    return f'<section class="warnings">\n{heading}<ul lang="en">\n{lines}</ul>\n</section>\n'


def kind_names(_: Translate) -> dict[str, str]:
    """What people call the objects of each kind."""
    return {
        "announcements": _("Announcements"),
        "assignment_groups": _("Assignment groups"),
        "assignments": _("Assignments"),
        "bank_questions": _("Questions of question banks"),
        "calendar_events": _("Calendar events"),
        "course_paces": _("Course paces"),
        "courses": _("Course"),
        "discussion_topics": _("Discussions"),
        "external_feeds": _("External feeds"),
        "external_tools": _("External tools"),
        "files": _("Files"),
        "folders": _("Folders"),
        "grading_standards": _("Grading schemes"),
        "late_policies": _("Late policies"),
        "learning_outcome_groups": _("Outcome groups"),
        "learning_outcomes": _("Outcomes"),
        "lti_context_controls": _("Controls of LTI tools"),
        "lti_resource_links": _("Links of LTI tools"),
        "media_tracks": _("Captions"),
        "module_items": _("Module items"),
        "modules": _("Modules"),
        "nav_menu_links": _("Links of the navigation"),
        "pages": _("Pages"),
        "question_banks": _("Question banks"),
        "quiz_groups": _("Question groups"),
        "quiz_questions": _("Questions"),
        "quizzes": _("Quizzes"),
        "rubrics": _("Rubrics"),
        "tool_profiles": _("Profiles of tools"),
    }
