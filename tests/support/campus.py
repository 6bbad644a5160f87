"""Sets up people, courses and groups of a running system by the commands of operators; reads packages."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import msgspec

from tests.support.client import Client
from tests.support.stack import Stack


@dataclass
class Campus:
    """The people and courses of one running system."""

    stack: Stack

    def run(self, *words: str) -> str:
        """Run `content-exports` with these arguments. Returns its output."""
        return self.stack.command(*words)

    def client(self, user_id: int, *words: str) -> Client:
        """A client with a new token of this user, who is created if missing."""
        return Client(self.stack.base_url, self.stack.token(user_id, *words))

    def course(self, *words: str) -> int:
        return int(self.run("course", *words))

    def group(self, *members: int, words: Sequence[str] = ()) -> int:
        flags = [word for member in members for word in ("--member", str(member))]
        return int(self.run("group", *words, *flags))

    def enroll(self, course: int, user: int, role: str, state: str = "active") -> None:
        self.run("enroll", "--course", str(course), "--user", str(user), "--role", role, "--state", state, "--create")

    def load(self, path: Path, *words: str) -> int:
        """Load a package or folder without warnings. Returns the id of its course, group or user."""
        loaded = json.loads(self.run("load", str(path), *words))
        assert loaded["warnings"] == [], loaded["warnings"]
        return next(int(value) for name, value in loaded.items() if name.endswith("_id"))

    def query(self, sql: str, *values: Any) -> Any:
        """One value from the database, for facts that no API has; JSON is decoded."""
        return asyncio.run(_query(self.stack.database_url, sql, *values))

    def settings(self, export: Mapping[str, Any]) -> dict[str, Any]:
        """The stored settings of an export."""
        found = self.query("SELECT settings::text FROM content_exports WHERE id = $1", export["id"])
        return dict(json.loads(found))


async def _query(url: str, sql: str, *values: Any) -> Any:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql, *values)
    finally:
        await connection.close()


def members(export: Mapping[str, Any]) -> dict[str, bytes]:
    """What is in the package of a finished export, by path."""
    answer = httpx2.get(export["attachment"]["url"], trust_env=False, timeout=60)
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as package:
        return {name: package.read(name) for name in package.namelist()}


def write_folder(folder: Path, documents: Mapping[str, Any], stored: Mapping[str, bytes] | None = None) -> Path:
    """A folder that `content-exports load` reads: `course` and lists of objects by kind; bytes by path below files/."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in documents.items():
        (folder / f"{name}.json").write_bytes(msgspec.json.encode(data))
    for path, data in (stored or {}).items():
        place = folder / "files" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    return folder
