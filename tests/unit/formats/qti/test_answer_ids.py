"""The ids of answers that came without one."""

from __future__ import annotations

from shared.formats.qti.answer_ids import AnswerIds


def test_the_same_item_has_the_same_ids_in_every_release() -> None:
    ids = AnswerIds("g1")
    assert (ids.draw(0), ids.draw(1)) == (4203, 5346)
