"""Each kind of content has a name for people."""

from __future__ import annotations

import pytest

from services.console.pages import CONSOLE
from services.console.teacher.kind_titles import kind_titles
from shared.domain.kinds import Kind


@pytest.mark.parametrize("language", CONSOLE.languages)
def test_every_kind_that_a_course_has_is_named_apart_from_the_others(language: str) -> None:
    titles = kind_titles(CONSOLE.texts_for(language))
    assert set(titles) == set(Kind) - {Kind.COURSES}
    assert len(set(titles.values())) == len(titles)
