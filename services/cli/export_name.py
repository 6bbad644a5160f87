"""How a command names a context and an export: by any id of Canvas, or by the export's URL."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote, unquote, urlsplit

import typer

from shared.domain.export import ContextType
from shared.domain.path_ids import parse_id, parse_number

_ROUTE = re.compile(r"/api/v1/(courses|groups|users)/([^/]+)/content_exports/(\d+)(?:/.*)?")
_TYPES = {kind.route: kind for kind in ContextType}

ExportWord = Annotated[str, typer.Argument(metavar="EXPORT", help="The URL of an export, or its id with its context")]


@dataclass(frozen=True, slots=True)
class ContextOptions:
    """The options that name a context. An id is a number, or a form such as sis_course_id:TIDES."""

    course: Annotated[str, typer.Option(help="A course: 12, sis_course_id:TIDES", show_default=False)] = ""
    group: Annotated[str, typer.Option(help="A group, which has zip only", show_default=False)] = ""
    user: Annotated[str, typer.Option(help="A user, who has zip only: 7, self", show_default=False)] = ""

    def context(self) -> ContextName:
        """The context; a usage error for a missing one, for several, and for an invalid id."""
        texts = ((ContextType.COURSE, self.course), (ContextType.GROUP, self.group), (ContextType.USER, self.user))
        names = [ContextName(kind, text) for kind, text in texts if text]
        if len(names) != 1:
            raise typer.BadParameter("name one of --course, --group and --user", param_hint="--course")
        names[0].check()
        return names[0]

    def ids_alone(self, word: str) -> list[int] | None:
        """The exports that `3` or `3,4` names without a context, for site admins; None where there is one, or a URL."""
        if self.course or self.group or self.user or "/" in word:
            return None
        ids = [parse_number(each) for each in word.split(",")]
        return [each for each in ids if each] if all(ids) else None

    def export(self, word: str) -> ExportName:
        """The export that the argument names, with the context of the options unless it is a URL."""
        if "/" in word:
            return _of_url(word)
        export_id = parse_number(word)
        if export_id is None:
            raise typer.BadParameter(f"{word!r} is neither an id nor a URL of an export", param_hint="EXPORT")
        return ExportName(self.context(), export_id)


@dataclass(frozen=True, slots=True)
class ContextName:
    """A course, group or user by an id of any form."""

    type: ContextType
    text: str

    def check(self) -> None:
        """Raise a usage error if the text is no id."""
        is_self = self.type is ContextType.USER and self.text == "self"
        if not is_self and parse_id(self.type, self.text) is None:
            message = f"{self.text!r} is no id: a number, or a form such as {_EXAMPLES[self.type]}"
            raise typer.BadParameter(message, param_hint=f"--{self.type.lower()}")

    @property
    def path(self) -> str:
        """`/api/v1/courses/12`."""
        return f"/api/v1/{self.type.route}/{quote(self.text, safe=':')}"


_EXAMPLES = {
    ContextType.COURSE: "sis_course_id:TIDES",
    ContextType.GROUP: "sis_group_id:CREW",
    ContextType.USER: "sis_login_id:ada",
}


@dataclass(frozen=True, slots=True)
class ExportName:
    """An export of a context. `server` is the one that its URL names, "" without a URL."""

    context: ContextName
    id: int
    server: str = ""

    @property
    def path(self) -> str:
        """`/api/v1/courses/12/content_exports/3`."""
        return f"{self.context.path}/content_exports/{self.id}"

    @property
    def words(self) -> str:
        """The words that name it in another command: `3 --course 12`."""
        return f"{self.id} --{self.context.type.lower()} {shlex.quote(self.context.text)}"


def _of_url(url: str) -> ExportName:
    parts = urlsplit(url)
    match = _ROUTE.fullmatch(parts.path)
    if match is None or parts.scheme not in {"http", "https"} or not parts.netloc:
        message = f"{url!r} is no URL of the form https://host/api/v1/courses/1/content_exports/2"
        raise typer.BadParameter(message, param_hint="EXPORT")
    context = ContextName(_TYPES[match[1]], unquote(match[2]))
    context.check()
    return ExportName(context, int(match[3]), f"{parts.scheme}://{parts.netloc}")
