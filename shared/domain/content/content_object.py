"""What every content object has: the Canvas REST shape, its unknown fields, its place and its HTML."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self

import msgspec

from shared.domain.errors import InvalidContent

Number = int | float  # kept as it was written: 10 stays 10, 10.0 stays 10.0
RewriteHtml = Callable[[str, str], str]  # (html, name of the field) -> html


class Part(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Something that lives inside an object and has no place of its own in a course."""


class Content(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One object of a course, in the shape of the Canvas REST API.

    Fields of the REST object keep their REST names; what only a cartridge knows keeps its cartridge name.
    Times are ISO 8601 in UTC with a trailing Z, as REST writes them. What this service does not know of is
    kept in `extra` and written back by `to_json`.
    """

    id: int
    migration_id: str | None = None  # the identifier of the package it came from; it is exported under it again
    position: int | None = None
    extra: dict[str, Any] = msgspec.field(default_factory=dict)

    HTML_FIELDS: ClassVar[tuple[str, ...]] = ()

    @property
    def label(self) -> str:
        """The name that a person knows the object by."""
        for name in ("title", "name", "display_name", "question_name"):
            value = getattr(self, name, None)
            if value:
                return str(value)
        return str(self.id)

    def map_html(self, rewrite: RewriteHtml) -> Self:
        """The same object with every HTML field passed through `rewrite`; kinds with nested HTML extend it."""
        changes = {}
        for name in self.HTML_FIELDS:
            value = getattr(self, name)
            if value:
                changes[name] = rewrite(value, name)
        return msgspec.structs.replace(self, **changes) if changes else self

    def to_json(self) -> dict[str, Any]:
        """The object as JSON data: known fields that are set, and the unknown ones as they came."""
        known: dict[str, Any] = msgspec.to_builtins(self)
        known.pop("extra", None)
        return {**self.extra, **known}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read a REST object; unknown fields go to `extra`. Raises InvalidContent naming the field."""
        names = set(cls.__struct_encode_fields__)
        known = {k: v for k, v in data.items() if k in names and k != "extra"}
        extra = {k: v for k, v in data.items() if k not in names or k == "extra"}
        try:
            made = msgspec.convert(known, cls, strict=False)
        except (msgspec.ValidationError, UnicodeEncodeError) as error:  # the second for halves of characters
            raise InvalidContent(f"{cls.__name__} {data.get('id')}: {error}") from error
        made.extra = extra
        return made
