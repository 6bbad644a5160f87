"""When a file or a folder is locked, and for whom."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.domain.content.files import File
from shared.formats.archive.permissions import RequesterRights, is_listed, may_download

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
BEFORE, AT, AFTER = "2026-11-23T11:59:59Z", "2026-11-23T12:00:00Z", "2026-11-23T12:00:01Z"
STUDENT = RequesterRights(NOW, reads_files=True)


@pytest.mark.parametrize(
    ("times", "open_"),
    [
        ({"lock_at": BEFORE}, False),
        ({"lock_at": AT}, False),  # from the very moment of the lock
        ({"lock_at": AFTER}, True),
        ({"unlock_at": BEFORE}, True),
        ({"unlock_at": AT}, True),  # from the very moment of the unlocking
        ({"unlock_at": AFTER}, False),
        ({"unlock_at": BEFORE, "lock_at": AFTER}, True),
        ({"unlock_at": BEFORE, "lock_at": AT}, False),
        ({"unlock_at": AFTER, "lock_at": AFTER}, False),
    ],
)
def test_a_file_is_open_from_its_unlock_time_until_its_lock_time(times: dict[str, Any], open_: bool) -> None:
    file = File(id=1, display_name="a.txt", **times)
    assert is_listed(STUDENT, file) is open_
    assert may_download(STUDENT, file, ()) is open_
    assert is_listed(RequesterRights(NOW, manages_files=True), file)
    assert may_download(RequesterRights(NOW, reads_as_admin=True), file, ())
