"""Pieces of HTML that the page and the report are put together from. What is given as text is escaped here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from urllib.parse import quote

from shared.formats.html.references import UNESCAPED_PATH


def title(text: str) -> str:
    """A name that people gave, in its own direction."""
    return f'<bdi dir="auto">{escape(text)}</bdi>'


def path_link(path: str, text: str) -> str:
    """A link to a member of the package; the path is relative to its root."""
    return f'<a href="{escape(path_address(path))}">{title(text)}</a>'


def path_address(path: str) -> str:
    """The relative address of a member; `./` keeps a colon in the first step from being the end of a scheme."""
    address = quote(path, safe=UNESCAPED_PATH)
    return f"./{address}" if ":" in address.partition("/")[0] else address


def wide(label: str) -> str:
    """The start of a block around a table, which can be scrolled by keyboard."""
    return f'<div class="wide" role="group" aria-label="{escape(label)}" tabindex="0">'


def table(caption: str, headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose first column names the row; nothing without rows. It can be scrolled by keyboard where it is wide."""
    lines = [
        f'<tr><th scope="row">{escape(first)}</th>' + "".join(f"<td>{escape(cell)}</td>" for cell in rest) + "</tr>"
        for first, *rest in rows
    ]
    if not lines:
        return ""
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in headers)
    inside = f"<table>\n<caption>{escape(caption)}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n"
    return wide(caption) + inside + "\n".join(lines) + "\n</tbody>\n</table></div>"
