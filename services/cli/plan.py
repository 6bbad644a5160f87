"""A dry run as text."""

from __future__ import annotations

from services.cli.api import Json
from services.cli.output import printable


def plan_text(plan: Json) -> str:
    """Lines that say what the package would hold, what a selection brings along, and what would be left out."""
    lines = []
    if error := plan.get("error"):
        lines.append(f"the export would fail: {error['message']} ({error['code']})")
    elif plan.get("filename"):
        size = f"{plan['entries']} members, {plan['bytes']:,} bytes before compression"
        lines.append(f"{plan['filename']}: {size}, about {plan['estimated_seconds']:.0f} s")
    for word in ("packed", "skipped", "failed", "excluded"):
        counts = plan.get(word) or {}
        if counts:
            lines.append(f"{word}: " + ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())))
    lines += [f"brought along: {item}, because of {reason}" for item, reason in plan["included_because"].items()]
    lines += [f"warning: {each['message']} ({each['code']})" for each in plan["warnings"]]
    return printable("\n".join(lines))
