"""What the handlers of the admin API need, in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from shared.contracts.administration import Fields, IssuedToken, NewToken, Table, TokenRow
from shared.domain.audit import Actor
from shared.domain.errors import InvalidContent


@dataclass
class FakePeople:
    """Rows by table and id, numbered from 100, and who changed them."""

    rows: dict[tuple[Table, int], Fields] = field(default_factory=dict)
    roles: list[tuple[int, int, str, str, bool]] = field(default_factory=list)
    by: list[Actor] = field(default_factory=list)

    async def put(self, row_id: int | None, fields: Fields, actor: Actor) -> int:
        """Keep the fields."""
        stored_id = row_id or 100 + len(self.rows)
        self.rows[fields.table, stored_id] = fields
        self.by.append(actor)
        return stored_id

    async def delete(self, table: Table, row_id: int, actor: Actor) -> None:
        """Drop a row."""
        if self.rows.pop((table, row_id), None) is None:
            raise InvalidContent(f"There is no such row in {table}: {row_id}.")
        self.by.append(actor)

    async def enroll(self, user_id: int, course_id: int, role: str, state: str, *, create: bool, actor: Actor) -> None:
        """Keep the role; the course 99 is unknown."""
        if course_id == 99:
            raise InvalidContent("There is no such row in courses: 99.", item="course_id")
        self.roles.append((user_id, course_id, role, state, create))
        self.by.append(actor)


@dataclass
class FakeTokens:
    """Tokens in a list, numbered from 1."""

    issued: list[NewToken] = field(default_factory=list)
    revoked: set[int] = field(default_factory=set)
    by: list[Actor] = field(default_factory=list)
    asked: list[tuple[int | None, int | None, int]] = field(default_factory=list)

    async def issue(self, new: NewToken, actor: Actor) -> IssuedToken:
        """`secret1`, ..."""
        self.issued.append(new)
        self.by.append(actor)
        return IssuedToken(id=len(self.issued), token=f"secret{len(self.issued)}")

    async def page(self, user_id: int | None, before_id: int | None, limit: int) -> list[TokenRow]:
        """All of them."""
        self.asked.append((user_id, before_id, limit))
        now = datetime(2027, 1, 1, tzinfo=UTC)
        return [
            TokenRow(
                id=n,
                user_id=each.user_id,
                scopes=each.scopes or None,
                created_at=now,
                expires_at=None,
                revoked_at=now if n in self.revoked else None,
            )
            for n, each in enumerate(self.issued, start=1)
        ][::-1]

    async def revoke(self, token: str | int, actor: Actor) -> bool:
        """By the token or its number."""
        number = token if isinstance(token, int) else int(token.removeprefix("secret") or 0)
        if not 0 < number <= len(self.issued):
            return False
        self.revoked.add(number)
        self.by.append(actor)
        return True
