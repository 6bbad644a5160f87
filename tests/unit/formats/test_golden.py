"""Packages of our own courses are as they were approved; `make golden` writes them again."""

from __future__ import annotations

import pytest

from tests.support.golden import GOLDEN, PACKAGES, Golden, kept, unpacked


@pytest.mark.parametrize("golden", PACKAGES, ids=lambda golden: golden.name)
def test_a_package_is_as_it_was_approved(golden: Golden) -> None:
    now, before = unpacked(golden), kept(golden)
    changed = sorted(path for path in now.keys() | before.keys() if now.get(path) != before.get(path))
    assert changed == [], "what has changed: `make golden`, then read the diff of tests/golden"


def test_there_is_no_golden_package_that_nothing_is_compared_with() -> None:
    assert {folder.name for folder in GOLDEN.iterdir()} == {golden.name for golden in PACKAGES}
