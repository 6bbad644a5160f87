"""Exports as JSON: what only some of them have is absent from all others."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from shared.contracts.api import attachment_json
from shared.domain.export import Attachment

PACKAGE = Attachment(
    id=1,
    key="k",
    filename="a.zip",
    content_type="application/zip",
    size=3,
    sha256="ab",
    entries=1,
    uuid="u",
    created_at=datetime(2026, 1, 31, tzinfo=UTC),
)


def test_only_one_of_several_packages_says_which_part_it_is() -> None:
    alone = msgspec.to_builtins(attachment_json(PACKAGE, "url"))
    assert {"part", "parts"}.isdisjoint(alone)
    second = msgspec.structs.replace(PACKAGE, part=2, parts=3)
    assert msgspec.to_builtins(attachment_json(second, "url")) == {**alone, "part": 2, "parts": 3}
