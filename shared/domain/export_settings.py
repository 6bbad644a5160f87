"""What an export holds, and in which form: parsed at the edge, stored with the export, read by its worker."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from msgspec import Struct, field

from shared.domain.fairness.priority import Priority
from shared.domain.packages.package_options import PackageOptions
from shared.domain.selection import Select, parse_select


class CommandOrigin(Struct, frozen=True, kw_only=True):
    """The command of an internal service that requested an export: sender, source and id name it."""

    service: str
    source: str
    id: str
    digest: str  # of its request, which must be the same each time


class ExportSettings(PackageOptions, frozen=True, kw_only=True, omit_defaults=True, dict=True):
    """The settings of one export. Their JSON form has the fields that differ from the default.

    Reading it ignores unknown fields, such as those that an earlier version has stored.
    """

    # Opaque, as its caller sent it, which is how it is given back; `selected` is its meaning.
    select: dict[str, Any] = field(default_factory=dict)
    skip_notifications: bool = False
    priority: Priority = Priority.NORMAL
    retry_of: int | None = None  # the failed export that this one retries
    command: CommandOrigin | None = None  # None: it was requested over HTTP

    @cached_property
    def selected(self) -> Select:
        """What `select` names, read once. Raises InvalidSelection for one that never passed the edge."""
        return parse_select(self.select)
