"""What a teacher writes comes back, in any characters that XML can hold."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.support.qti_builders import a_question, item_of, read_back

texts = st.text(min_size=1, max_size=30)
visible = texts.filter(lambda t: bool(t.strip()) and "\r" not in t)
choices = st.lists(
    st.fixed_dictionaries({"text": visible, "weight": st.sampled_from([0, 100])}, optional={"comments": visible}),
    min_size=1,
    max_size=5,
)


@given(choices=choices, name=visible, text=visible, html=visible)
def test_what_a_teacher_wrote_comes_back(choices: list[dict[str, Any]], name: str, text: str, html: str) -> None:
    given_answers = [{"id": n, **choice} for n, choice in enumerate(choices, 1)]
    question = a_question(
        "multiple_answers_question", given_answers, question_name=name, question_text=text, neutral_comments_html=html
    )
    back, warnings = read_back(item_of(question))
    assert (back.question_text or "") == _legal(text)
    assert (back.neutral_comments_html or "") == _legal(html)
    expected = [(a.id, _legal(a.text or ""), a.weight, _legal(a.comments or "") or None) for a in question.answers]
    assert [(a.id, a.text or "", a.weight, a.comments) for a in back.answers] == expected
    assert warnings == []


def _legal(text: str) -> str:
    """What XML 1.0 can hold of a text. Source: its production of Char."""
    kept = (c for c in text if c in "\t\n" or 0x20 <= ord(c) <= 0xD7FF or 0xE000 <= ord(c) <= 0xFFFD or ord(c) > 0xFFFF)
    return "".join(kept)
