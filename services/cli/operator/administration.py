"""What the commands of operators ask for, whether a server or the database does it."""

from __future__ import annotations

from typing import Protocol

from shared.contracts.administration import Fields, IssuedToken, NewEnrollment, NewToken, Table, TokenRow
from shared.domain.audit import AuditEntry, AuditFilter


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

    def audit(self, wanted: AuditFilter, limit: int) -> list[AuditEntry]:
        """Rows of the audit log, the newest first."""
        ...
