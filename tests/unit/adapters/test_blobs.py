from __future__ import annotations

import os

import pytest

from shared.adapters.blobs import compressible
from shared.adapters.object_store import blob_key, package_key, package_prefix

TEXT = b"<p>words and words and more words</p>" * 500
NOISE = os.urandom(20_000)


@pytest.mark.parametrize(
    ("start", "content_type", "expected"),
    [
        (TEXT, None, True),
        (TEXT, "text/html; charset=utf-8", True),
        (NOISE, "text/plain", False),  # what the type says is not always so
        (NOISE, None, False),
        (TEXT, "video/mp4", False),  # an index at the front of a film shrinks, the film does not
        (TEXT, "Image/JPEG", False),
        (TEXT, "application/vnd.openxmlformats-officedocument.wordprocessingml.document", False),
        (TEXT, "audio/wav", True),
        (TEXT, "image/svg+xml", True),
        (b"", "text/plain", False),
        (NOISE + TEXT * 4, None, True),
    ],
)
def test_deflate_is_tried_where_the_start_shrinks_and_the_type_is_not_packed_already(
    start: bytes, content_type: str | None, expected: bool
) -> None:
    assert compressible(start[:65536], content_type) is expected


def test_file_bytes_lie_by_content_and_packages_by_export_and_attempt() -> None:
    sha256 = "abcd" + "0" * 60
    assert blob_key(sha256) == f"blobs/ab/cd/{sha256}"
    assert package_key(5, 2, "biology.imscc") == "packages/5/2/biology.imscc"
    assert package_key(5, 2, "biology.imscc").startswith(package_prefix(5))
    assert not package_key(55, 1, "x").startswith(package_prefix(5))
