"""Values that are packed away come back as they were, in their order."""

from __future__ import annotations

import pytest

from shared.domain.packages.package_entry import Listing, PackageEntry
from shared.domain.packed_list import PackedList
from shared.formats.imscp.resource import Resource, ResourceRights, Resources

BLOCK = PackedList.BLOCK


def entry(number: int) -> PackageEntry:
    return PackageEntry(path=f"ü {number}", size=number, compressed_size=1, crc32=2**32 - 1, offset=2**40, title=None)


@pytest.mark.parametrize("count", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK])
def test_members_come_back_in_order(count: int) -> None:
    entries = [entry(number) for number in range(count)]
    listing = Listing(entries)
    assert (len(listing), list(listing), list(listing)) == (count, entries, entries)


def test_a_value_is_found_wherever_it_lies() -> None:
    listing = Listing(entry(number) for number in range(BLOCK + 2))
    assert all(entry(number) in listing for number in (0, BLOCK - 1, BLOCK + 1))
    assert entry(BLOCK + 2) not in listing


def test_resources_come_back_with_all_that_they_say() -> None:
    said = Resource(
        "a", "x", "h", ("f", "g"), ("d",), "syllabus", True, ResourceRights(restricted=True, description="(c)"), "v"
    )
    resources = Resources()
    for number in range(2 * BLOCK):
        resources.add(Resource(f"r{number}", "webcontent", href=f"{number}.html", files=(f"{number}.html",)))
        resources.add(said)
    assert len(resources) == len(list(resources)) == 2 * BLOCK + 1
    assert list(resources)[1] == said


def test_another_resource_of_one_identifier_is_kept_beside_it_and_the_same_one_is_not() -> None:
    resources = Resources()
    for files in (("a",), ("b",), ("a",)):
        resources.add(Resource("r", "webcontent", files=files))
    assert [(one.identifier, one.files) for one in resources] == [("r", ("a",)), ("r_2", ("b",))]
