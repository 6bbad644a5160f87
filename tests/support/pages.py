"""The pages of documentation, by the room that each is about."""

from __future__ import annotations

from pathlib import Path

from deploy.stack.checkout import ROOT

HOUSE = ROOT / "README.md"
GATEWAY = ROOT / "services" / "gateway" / "README.md"
INGEST = ROOT / "services" / "ingest" / "README.md"
PROGRESS = ROOT / "services" / "progress" / "README.md"
COMMAND_LINE = ROOT / "services" / "cli" / "README.md"
OPERATION = ROOT / "deploy" / "README.md"
SETTINGS = ROOT / "deploy" / "settings.md"
FORMATS = ROOT / "shared" / "formats" / "README.md"
FIGURES = ROOT / "tests" / "bench" / "README.md"
_ROOMS = (ROOT / ".github", *(ROOT / name for name in ("services", "shared", "deploy", "tests")))
PAGES = (
    *ROOT.glob("*.md"),
    *(page for room in _ROOMS for page in sorted(room.rglob("*.md")) if "node_modules" not in page.parts),
)


def section(page: Path, heading: str) -> str:
    """The text below one heading of a page, up to the next heading of its level or above. Raises if there is none."""
    lines = page.read_text(encoding="utf-8").splitlines(keepends=True)
    start = lines.index(f"{heading}\n") + 1
    level = len(heading) - len(heading.lstrip("#"))
    ends = tuple(f"{'#' * count} " for count in range(2, level + 1))  # "# " begins comments in code, too
    stop = next((at for at in range(start, len(lines)) if lines[at].startswith(ends)), len(lines))
    return "".join(lines[start:stop])
