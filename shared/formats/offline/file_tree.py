"""The files of the package as a tree, each a link, with its size."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from shared.domain.language.texts import Texts
from shared.formats.imscp.package_source import WEB_RESOURCES
from shared.formats.offline.markup import path_link, title
from shared.formats.offline.packed_files import PackedFiles

_ROOT = f"{WEB_RESOURCES}/"


def written(files: PackedFiles, texts: Texts) -> Iterator[str]:
    """Nested lists in the order of the paths; the files of a folder follow its folders' names without regard to capitals."""
    open_folders: list[str] = []
    yield '<ul class="tree">\n'
    for path in sorted({*files.sizes, *files.folders}, key=_order):
        shown = path.removeprefix(_ROOT)
        *folders, name = shown.split("/")
        yield from _between(open_folders, folders)
        open_folders = folders
        if name:
            size = escape(texts.size(files.sizes[path]))
            yield f'<li>{path_link(path, name)} <span class="size">{size}</span></li>\n'
    yield from _between(open_folders, [])
    yield "</ul>\n"


def _order(path: str) -> tuple[list[tuple[bool, str, str]], bool]:
    """Files before folders, by name."""
    *folders, name = path.removeprefix(_ROOT).split("/")
    return [(True, each.casefold(), each) for each in folders] + (
        [(False, name.casefold(), name)] if name else []
    ), bool(name)


def _between(now: list[str], then: list[str]) -> Iterator[str]:
    """The ends and the starts of folders between two members."""
    common = 0
    while common < min(len(now), len(then)) and now[common] == then[common]:
        common += 1
    yield "</ul></li>\n" * (len(now) - common)
    for name in then[common:]:
        yield f'<li><strong class="folder">{title(name)}/</strong>\n<ul>\n'
