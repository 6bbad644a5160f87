"""The command `content-list`."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text
from rich.tree import Tree

from services.cli.api import Api, Json
from services.cli.connection import Server
from services.cli.export_name import ContextName
from services.cli.output import Output, printable
from shared.domain.export import ContextType


def content_list(
    course: Annotated[str, typer.Option(help="A course: 12, sis_course_id:TIDES")], server: Server, output: Output
) -> None:
    """List what can be selected of a course, as a tree with the words for --select."""
    context = ContextName(ContextType.COURSE, course)
    context.check()
    with server.connect() as api:
        areas = [{**area, **_objects(api, context, area)} for area in api.areas(context.path)]
    tree = Tree(Text("everything"))
    for area in areas:
        branch = tree.add(_line(area["title"], f"all_{area['type']}", area.get("count")))
        for each in area.get("objects", ()):
            branch.add(_line(each["title"], f"{each['type']}={each['id'].rpartition('_')[2]}"))
    output.result(tree, areas)


def _objects(api: Api, context: ContextName, area: Json) -> Json:
    """`{"objects": [...]}` for an area with objects of their own."""
    if "sub_items_url" not in area:
        return {}
    return {"objects": api.areas(context.path, area["type"])}


def _line(title: str, word: str, count: int | None = None) -> Text:
    number = "" if count is None else f" ({count})"
    return Text.assemble(f"{printable(title)}{number}  ", (word, "dim"))
