"""What the commands of operators need, whether a server or the database does it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from shared.contracts.admin.administration import Fields, IssuedToken, NewEnrollment, NewToken, Table, TokenRow
from shared.domain.audit import AuditEntry, AuditFilter
from shared.domain.export import Context

Report = Callable[[str, int, int], None]  # a step of a load, how much of it is done, and all of it


@dataclass(frozen=True, slots=True)
class PackageToLoad:
    """A package or a folder of this machine; `into` is None for a new course. The URLs are for a database alone."""

    path: Path
    into: Context | None
    create: bool
    store_url: str
    canvas_url: str


class Administration(Protocol):
    """Users, courses, groups, roles, tokens and the audit log. Every method may raise CommandError."""

    def put(self, row_id: int | None, fields: Fields) -> int:
        """Add or change a user, a course or a group, and return its id."""
        ...

    def delete(self, table: Table, row_id: int) -> None:
        """Mark a user, a course or a group as deleted."""
        ...

    def enroll(self, new: NewEnrollment) -> None:
        """Give a user a role in a course, conclude it, or delete it."""
        ...

    def issue(self, new: NewToken) -> IssuedToken:
        """A new access token."""
        ...

    def tokens(self, user_id: int | None, limit: int) -> list[TokenRow]:
        """Access tokens, the newest first."""
        ...

    def revoke(self, token: str | int) -> None:
        """Revoke an access token, named by itself or by its id."""
        ...

    def load(self, package: PackageToLoad, report: Report) -> dict[str, Any]:
        """Load a package. Returns the id of what it was loaded into, the number of objects by kind, and warnings."""
        ...

    def audit(self, filters: AuditFilter, limit: int) -> list[AuditEntry]:
        """Rows of the audit log, the newest first."""
        ...
