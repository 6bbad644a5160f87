"""A report of an export as one HTML page that needs nothing else: no script, no request to a server."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from services.cli.api import Json
from services.cli.report_text import COUNTS, counts_by_kind, headline, object_of

_STYLE = """
:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem }
.wide { overflow-x: auto }
table { border-collapse: collapse; width: 100% }
caption { text-align: left; font-weight: bold; padding: 0.5rem 0 }
th, td { border: 1px solid; padding: 0.25rem 0.5rem; text-align: left; vertical-align: top; overflow-wrap: anywhere }
"""
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""


def report_page(report: Json) -> str:
    """The page: a heading, the package, the counts by kind and the warnings, as tables with captions and headers."""
    parts = [_package(report)]
    counts = [(kind, *map(str, row)) for kind, row in counts_by_kind(report)]
    parts.append(_table("Objects by kind", ("Kind", *(word.capitalize() for word in COUNTS)), counts))
    because = (report.get("included_because") or {}).items()
    parts.append(_table("Brought along by the selection", ("Object", "Because of"), because))
    warnings = [(each["message"], object_of(each), each["what_to_do"], each["code"]) for each in report["warnings"]]
    parts.append(_table("Warnings", ("Warning", "Object", "What to do", "Code"), warnings))
    body = "\n".join(part for part in parts if part) or "<p>There is nothing to report.</p>"
    return _PAGE.format(title=escape(headline(report)), style=_STYLE, body=body)


def _package(report: Json) -> str:
    packages = report.get("packages") or [report["package"]] if report.get("package") else []
    rows = [(each["filename"], f"{each['size']:,}", str(each["entries"]), each["sha256"]) for each in packages]
    return _table("Packages", ("File", "Bytes", "Members", "SHA-256"), rows)


def _table(caption: str, headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose first column names the row; nothing without rows. It can be scrolled by keyboard where it is wide."""
    lines = [
        f'<tr><th scope="row">{escape(first)}</th>' + "".join(f"<td>{escape(cell)}</td>" for cell in rest) + "</tr>"
        for first, *rest in rows
    ]
    if not lines:
        return ""
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in headers)
    table = f"<table>\n<caption>{escape(caption)}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n"
    region = f'<div class="wide" role="region" aria-label="{escape(caption)}" tabindex="0">'
    return region + table + "\n".join(lines) + "\n</tbody>\n</table></div>"
