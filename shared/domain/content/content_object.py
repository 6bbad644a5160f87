"""The base classes of content: the Canvas REST shape, unknown fields, positions, HTML fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self

import msgspec

from shared.domain.errors import InvalidContent

Number = int | float  # kept as it was written: 10 stays 10, 10.0 stays 10.0
RewriteHtml = Callable[[str, str], str]  # (html, name of the field) -> html


class ContentPart(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A value inside a content object, without an id and a position of its own in the course."""


class Content(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One object of a course, in the shape of the Canvas REST API.

    Fields of the REST object keep their REST names; fields that only a cartridge has keep their cartridge names.
    Times are ISO 8601 in UTC with a trailing Z, as REST writes them. Fields that are not known here are kept in
    `extra` and written back by `to_json`.
    """

    id: int
    migration_id: str | None = None  # its identifier in its package of origin, which its next export uses again
    position: int | None = None
    extra: dict[str, Any] = msgspec.field(default_factory=dict)

    HTML_FIELDS: ClassVar[tuple[str, ...]] = ()

    @property
    def label(self) -> str:
        """The title or name of the object, as people see it; its id if it has none."""
        for name in ("title", "name", "display_name", "question_name"):
            value = getattr(self, name, None)
            if value:
                return str(value)
        return str(self.id)

    def map_html(self, rewrite: RewriteHtml) -> Self:
        """A copy in which every HTML field has passed through `rewrite`; kinds with nested HTML extend this method."""
        changes = {}
        for name in self.HTML_FIELDS:
            value = getattr(self, name)
            if value:
                changes[name] = rewrite(value, name)
        return msgspec.structs.replace(self, **changes) if changes else self

    def to_json(self) -> dict[str, Any]:
        """The object as JSON data: the known fields that are set, and the unknown ones unchanged."""
        known: dict[str, Any] = msgspec.to_builtins(self)
        known.pop("extra", None)
        return {**self.extra, **known}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read a REST object; unknown fields go to `extra`, and null is no value: a null title is an empty one.

        Raises InvalidContent with the name of a wrong field.
        """
        names = set(cls.__struct_encode_fields__)
        known = {k: v for k, v in data.items() if k in names and k != "extra" and v is not None}
        extra = {k: v for k, v in data.items() if k not in names or k == "extra"}
        try:
            instance = msgspec.convert(known, cls, strict=False)
        except (msgspec.ValidationError, UnicodeEncodeError) as error:  # the second for lone surrogates
            raise InvalidContent(f"{cls.__name__} {data.get('id')}: {error}") from error
        instance.extra = extra
        return instance
