"""Operators' commands over the database: for the machines that have its address and password."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from msgspec.structs import replace

from services.cli.operator.database import run_on
from shared.adapters.postgres.access_tokens import AccessTokens
from shared.adapters.postgres.audit_log import AuditLog
from shared.adapters.postgres.people import People
from shared.adapters.postgres.pool import Pool
from shared.contracts.administration import Fields, IssuedToken, NewEnrollment, NewToken, Table, TokenRow
from shared.domain.audit import OPERATOR, AuditEntry, AuditFilter
from shared.domain.errors import InvalidContent


@dataclass(frozen=True, slots=True)
class DatabaseAdministration:
    """Each method opens the database, which it migrates first. Satisfies Administration."""

    database_url: str

    def put(self, row_id: int | None, fields: Fields) -> int:
        """Add or change a row."""
        return run_on(self.database_url, lambda pool: People(pool).put(row_id, fields, OPERATOR))

    def delete(self, table: Table, row_id: int) -> None:
        """Mark a row as deleted."""
        run_on(self.database_url, lambda pool: People(pool).delete(table, row_id, OPERATOR))

    def enroll(self, new: NewEnrollment) -> None:
        """Give a user a role."""
        run_on(self.database_url, partial(_enroll, new))

    def issue(self, new: NewToken) -> IssuedToken:
        """A new token."""
        return run_on(self.database_url, lambda pool: AccessTokens(pool).issue(new, OPERATOR))

    def tokens(self, user_id: int | None, limit: int) -> list[TokenRow]:
        """Tokens."""
        return run_on(self.database_url, lambda pool: AccessTokens(pool).page(user_id, None, limit))

    def revoke(self, token: str | int) -> None:
        """Revoke a token."""
        run_on(self.database_url, partial(_revoke, token))

    def audit(self, wanted: AuditFilter, limit: int) -> list[AuditEntry]:
        """Rows, to the second as the API has them."""
        rows = run_on(self.database_url, lambda pool: AuditLog(pool).page(wanted, limit))
        return [replace(entry, at=entry.at.replace(microsecond=0)) for _, entry in rows]


async def _enroll(new: NewEnrollment, pool: Pool) -> None:
    people, ids = People(pool), (new.user_id, new.course_id)
    await people.enroll(*ids, new.role, new.workflow_state, create=new.create, actor=OPERATOR)


async def _revoke(token: str | int, pool: Pool) -> None:
    if not await AccessTokens(pool).revoke(token, OPERATOR):
        raise InvalidContent("This token was never issued here.")
