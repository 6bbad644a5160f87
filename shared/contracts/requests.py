"""The bodies of requests, as JSON or as a form (`select[pages][]=1`), and what they mean.

The API's description is generated from these types, and every request is read through them. A form has no types of its
own, and Canvas passes over most of what it does not understand: so the fields take any value, and say in their schema
which values mean something. Unknown fields are passed over.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self

import msgspec
from msgspec import UNSET, Meta, Struct

from shared.domain.errors import InvalidOption
from shared.domain.export import VERSIONS, ExportType
from shared.domain.export_settings import ExportSettings
from shared.domain.fairness.priority import Priority
from shared.domain.packages.package_options import SMALLEST_PART, Target
from shared.domain.selection import truth


def _takes(description: str = "", **schema: Any) -> Meta:
    """Any value; those of the schema (JSON Schema) mean something."""
    return Meta(description=description or None, extra_json_schema=schema)


# Canvas's words for true and false, beside the JSON ones.
_Truth = Annotated[
    Any,
    _takes(
        "true, false, or one of Canvas's words: yes, no, on, off, 1, 0, ...",
        anyOf=[{"type": "boolean"}, {"type": "string"}, {"type": "integer"}],
    ),
]
_Select = Annotated[
    Any,
    _takes(
        "`all_pages: true`; `pages: [1, 2]`; `wiki_pages: {wiki_page_1: true}`; freely mixed. Without it, everything "
        "of the type",
        type="object",
    ),
]
_Thin = Annotated[
    Any,
    _takes(
        "of common_cartridge 1.2 or 1.3: links to the course instead of its content",
        anyOf=[{"type": "boolean"}, {"type": "string"}, {"type": "integer"}],
    ),
]
_Version = Annotated[
    Any, _takes("of common_cartridge 1.1, 1.2 or 1.3, of qti 1.2, 2.1 or 3.0, of zip none", type="string")
]
_PartSize = Annotated[Any, _takes("of a zip", type="integer", minimum=SMALLEST_PART, maximum=10**18 - 1)]


_CANCELLED = "The export was cancelled."
_MESSAGE_LIMIT = 1000  # characters

NAMED_TYPES = (ExportType, Target, Priority)  # types that requests refer to by their names


def _reference(type_: type) -> Meta:
    return _takes(**{"$ref": f"#/components/schemas/{type_.__name__}"})


_Priority = Annotated[Any, _reference(Priority)]


class CreateRequest(Struct, frozen=True, kw_only=True):
    """What to export. Groups and users have `zip` alone."""

    export_type: Annotated[Any, _reference(ExportType)]
    select: _Select = UNSET
    skip_notifications: _Truth = UNSET
    version: _Version = UNSET
    target: Annotated[Any, _reference(Target)] = UNSET
    include_banks: _Truth = UNSET
    thin: _Thin = UNSET
    include_report: _Truth = UNSET
    include_index: _Truth = UNSET
    priority: _Priority = UNSET
    max_part_size: _PartSize = UNSET
    dry_run: _Truth = UNSET
    coalesce: _Truth = UNSET

    @classmethod
    def read(cls, parameters: Mapping[str, Any]) -> Self:
        """The parameters of a request, whatever their values are."""
        return msgspec.convert({"export_type": None, **parameters}, cls)

    @property
    def is_dry_run(self) -> bool:
        """Whether only the plan is requested."""
        return truth(_value(self.dry_run))

    @property
    def is_coalesced(self) -> bool:
        """Whether an identical export of the caller that waits or runs will do."""
        return truth(_value(self.coalesce))

    def settings(self, export_type: ExportType) -> ExportSettings:
        """The settings of an export of this type.

        Raises InvalidSelection for a `select` of no documented shape, InvalidOption for a version that the type does
        not have, an unknown target and a part size that is no number of bytes.
        """
        select, quizzes = _value(self.select), export_type is ExportType.QTI
        target, version = _value(self.target), _version(_value(self.version), export_type)
        thin = export_type is ExportType.COMMON_CARTRIDGE and truth(_value(self.thin))
        if thin and not version:
            raise InvalidOption("thin needs version 1.2 or 1.3: there is no thin cartridge of version 1.1", item="thin")
        if target not in (None, "", *Target):
            raise InvalidOption("target must be canvas or generic", item="target")
        settings = ExportSettings(
            select={} if select is None else select,
            version=version,
            target=Target(target) if target and export_type is not ExportType.ZIP else Target.CANVAS,
            include_banks=quizzes and truth(_value(self.include_banks)),
            thin=thin,
            include_report=truth(_value(self.include_report)),
            include_index=truth(_value(self.include_index)),
            max_part_size=_part_size(_value(self.max_part_size)) if export_type is ExportType.ZIP else None,
            skip_notifications=truth(_value(self.skip_notifications)),
            priority=_priority(_value(self.priority)),
        )
        _ = settings.selected  # read here and kept: it raises where `select` has none of the shapes
        return settings


def _value(value: Any) -> Any:
    """The value, or None: a parameter that is null counts as absent."""
    return None if value is UNSET else value


def _version(value: Any, export_type: ExportType) -> str:
    """The version to store: empty for the default of the type. Raises InvalidOption for one that the type has not."""
    if value in (None, ""):
        return ""
    default, *others = VERSIONS[export_type]
    version = str(value)
    if version in others or version == default:
        return version if version in others else ""
    *first, last = VERSIONS[export_type]
    allowed = f"must be {', '.join(first)} or {last}" if default else "means nothing: leave it out"
    raise InvalidOption(f"version of {export_type} {allowed}", item="version")


def _priority(value: Any) -> Priority:
    if value not in (None, "", *Priority):
        raise InvalidOption(f"priority must be {' or '.join(Priority)}", item="priority")
    return Priority(value) if value else Priority.NORMAL


def _part_size(value: Any) -> int | None:
    if value in (None, ""):
        return None
    text = "" if isinstance(value, bool) else str(value)
    if not (text.isascii() and text.isdecimal() and len(text) < 19 and int(text) >= SMALLEST_PART):
        message = f"max_part_size must be a whole number of bytes, {SMALLEST_PART} at least"
        raise InvalidOption(message, item="max_part_size")
    return int(text)


class CancelRequest(Struct, frozen=True, kw_only=True):
    """Why an export is cancelled."""

    message: Annotated[Any, _takes("the first 1000 characters are kept", type="string")] = UNSET

    @classmethod
    def read(cls, parameters: Mapping[str, Any]) -> Self:
        """The parameters of a request, whatever their values are."""
        return msgspec.convert(parameters, cls)


def cancel_message(message: str) -> str:
    """The reason that is kept with a cancelled export, or a general one; only characters that the database can keep."""
    text = "".join(each for each in message if each.isprintable() or each in "\n\t").strip()
    return text[:_MESSAGE_LIMIT] or _CANCELLED
