"""A report of an export as one HTML page that needs nothing else: no script, no request to a server."""

from __future__ import annotations

from html import escape

from services.cli.api import Json
from services.cli.report_text import headline, object_of
from shared.formats.offline.markup import table
from shared.formats.offline.report import ReportedWarning, ReportFacts, counts_by_kind, report_sections

_STYLE = """
:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem }
.wide { overflow-x: auto; margin-bottom: 1rem }
table { border-collapse: collapse; width: 100% }
caption { text-align: left; font-weight: bold; padding: 0.5rem 0 }
th, td { border: 1px solid; padding: 0.25rem 0.5rem; text-align: left; vertical-align: top; overflow-wrap: break-word }
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
    """The page: a heading, the package, the counts by kind, and the warnings grouped by what to do about them."""
    warnings = [
        ReportedWarning(each["message"], object_of(each), each["what_to_do"], each["code"])
        for each in report["warnings"]
    ]
    facts = ReportFacts(counts_by_kind(report), report.get("included_because") or {}, warnings)
    parts = [_package(report), *report_sections(facts, str)]
    body = "\n".join(part for part in parts if part) or "<p>There is nothing to report.</p>"
    return _PAGE.format(title=escape(headline(report)), style=_STYLE, body=body)


def _package(report: Json) -> str:
    packages = report.get("packages") or [report["package"]] if report.get("package") else []
    rows = [(each["filename"], f"{each['size']:,}", str(each["entries"]), each["sha256"]) for each in packages]
    return table("Packages", ("File", "Bytes", "Members", "SHA-256"), rows)
