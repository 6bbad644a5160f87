"""What the janitor does for loads: it puts lost ones back, and removes the uploads that no load needs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from structlog.testing import capture_logs

from services.janitor.loads import LoadSweep
from shared.adapters.object_store import StoredObject
from shared.adapters.postgres.packages.package_loads import Swept
from shared.runtime.settings import Settings

SETTINGS = Settings(database_url="postgresql://none.invalid/none", secret_key=("k" * 32,), orphan_after_s=60.0)


@dataclass
class World:
    """Loads and uploads in memory; each upload with its age in seconds."""

    uploads: dict[str, float] = field(default_factory=dict)
    needed: set[str] = field(default_factory=set)
    swept: Swept = field(default_factory=lambda: Swept([], []))
    asked: list[tuple[int, float]] = field(default_factory=list)

    async def sweep(self, *, max_attempts: int, requeue_after_s: float) -> Swept:
        self.asked.append((max_attempts, requeue_after_s))
        return self.swept

    async def unneeded(self, keys: Sequence[str]) -> list[str]:
        return [key for key in keys if key not in self.needed]

    async def list(self, prefix: str) -> AsyncIterator[StoredObject]:
        for key, age_s in self.uploads.items():
            assert key.startswith(prefix)
            yield StoredObject(key, 1, datetime.now(UTC) - timedelta(seconds=age_s))

    async def delete(self, key: str) -> None:
        del self.uploads[key]


async def test_old_uploads_that_no_load_needs_are_removed_and_new_ones_stay() -> None:
    world = World({"uploads/left": 61.0, "uploads/waiting": 99.0, "uploads/arriving": 5.0}, needed={"uploads/waiting"})
    await LoadSweep(SETTINGS, world, world).clean()
    assert set(world.uploads) == {"uploads/waiting", "uploads/arriving"}


async def test_each_load_that_is_put_back_or_ended_is_a_warning() -> None:
    world = World(swept=Swept([1, 2], [3]))
    with capture_logs() as logs:
        await LoadSweep(SETTINGS, world, world).unstick()
    assert world.asked == [(SETTINGS.max_attempts, SETTINGS.requeue_after_s)]
    assert [(log["event"], log["load_id"]) for log in logs] == [
        ("load_requeued", 1), ("load_requeued", 2), ("load_given_up", 3),
    ]  # fmt: skip
