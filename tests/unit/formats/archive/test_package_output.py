"""The bytes of a package on their way to the store: small pieces leave together, and the digest is of all."""

from __future__ import annotations

import hashlib

from shared.formats.archive.package_output import PackageOutput


def test_small_pieces_leave_together_in_their_order_and_large_ones_as_they_are() -> None:
    leaving: list[bytes] = []
    small, large = [bytes([number]) * 1000 for number in range(200)], b"x" * 300_000
    with PackageOutput(lambda piece: leaving.append(bytes(piece))) as output:
        for piece in [*small, large, *small]:
            output.write(piece)
        digest = output.finish()
    everything = b"".join([*small, large, *small])
    assert [len(piece) for piece in leaving] == [200_000, 300_000, 200_000]
    assert b"".join(leaving) == everything
    assert (output.position, digest) == (len(everything), hashlib.sha256(everything).hexdigest())


def test_pieces_that_are_gathered_leave_once_they_fill_a_quarter_of_a_mebibyte() -> None:
    sizes: list[int] = []
    with PackageOutput(lambda piece: sizes.append(len(piece))) as output:
        for _ in range(300):
            output.write(b"x" * 1024)
        output.finish()
    assert sizes == [256 * 1024, 44 * 1024]
