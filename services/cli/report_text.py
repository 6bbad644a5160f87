"""A report of an export as tables for a terminal."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from services.cli.api import Json
from services.cli.output import printable
from shared.formats.offline.report import COUNTS, counts_by_kind, object_name


def report_text(report: Json) -> Group:
    """The counts by kind, then a row for each warning."""
    counts = Table("kind", *COUNTS, box=None)
    for kind, row in counts_by_kind(report):
        counts.add_row(kind, *map(str, row))
    warnings = Table("warning", "object", "what to do", box=None)
    for each in report["warnings"]:
        cells = (each["message"], object_of(each), each["what_to_do"])
        warnings.add_row(*(Text(printable(cell)) for cell in cells))
    parts: list[RenderableType] = [Text(headline(report)), Text(), counts]
    return Group(*parts, Text(), warnings) if report["warnings"] else Group(*parts)


def headline(report: Json) -> str:
    """A sentence about the whole export."""
    state = "complete" if report["complete"] else "not complete"
    return (
        f"Export {report['content_export_id']}: {report['workflow_state']}, {state}, {len(report['warnings'])} warnings"
    )


def object_of(warning: Json) -> str:
    """The object that a warning is about, as far as it is known: `pages 12 "Welcome"`."""
    item = warning.get("item") or {}
    return object_name(item.get("kind"), item.get("id"), item.get("title"))
