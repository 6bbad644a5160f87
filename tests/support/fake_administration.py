"""What the handlers of the admin API need, in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from shared.contracts.admin.administration import Fields, IssuedToken, NewToken, Table, TokenRow
from shared.domain.audit import Actor
from shared.domain.errors import ExportError, InvalidContent
from shared.domain.packages.package_load import NewLoad, PackageLoad
from shared.domain.stored_file import StoredFile


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

    async def require(self, table: Table, row_id: int) -> None:
        """Known are the rows that were put."""
        if (table, row_id) not in self.rows:
            raise InvalidContent(f"There is no row {row_id} in {table}.")

    async def enroll(self, user_id: int, course_id: int, role: str, state: str, *, create: bool, actor: Actor) -> None:
        """Keep the role; the course 99 is unknown."""
        if course_id == 99:
            raise InvalidContent("There is no such row in courses: 99.", item="course_id")
        self.roles.append((user_id, course_id, role, state, create))
        self.by.append(actor)


@dataclass
class FakeBlobs:
    """Blobs by their hash, and each that was noted."""

    added: list[StoredFile] = field(default_factory=list)
    failing: ExportError | None = None  # what `add` raises

    async def find(self, sha256: str) -> StoredFile | None:
        """One that was noted."""
        return next((blob for blob in self.added if blob.sha256 == sha256), None)

    async def add(self, blob: StoredFile) -> int:
        """Note it; no file waits."""
        if self.failing is not None:
            raise self.failing
        self.added.append(blob)
        return 0


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


@dataclass
class FakeLoads:
    """Loads in a list, numbered from 1; their progress has the number 1000 more."""

    loads: list[PackageLoad] = field(default_factory=list)

    async def create(self, new: NewLoad) -> PackageLoad:
        """A load that waits."""
        load_id, now = len(self.loads) + 1, datetime(2027, 1, 1, tzinfo=UTC)
        what = (new.into, new.key, new.filename, new.size, new.actor)
        self.loads.append(PackageLoad(load_id, 1000 + load_id, *what, "queued", 0.0, 0, 0, now, now))
        return self.loads[-1]

    async def find(self, load_id: int) -> PackageLoad | None:
        """By its number."""
        return self.loads[load_id - 1] if 0 < load_id <= len(self.loads) else None

    async def of_progress(self, progress_id: int) -> PackageLoad | None:
        """By the number of its progress."""
        return await self.find(progress_id - 1000)
