"""What a question of the New Quizzes engine has beside what the classic one has."""

from __future__ import annotations

import html
import re

import msgspec

from shared.domain.content.content_object import Part, RewriteHtml

_SOURCE = re.compile(r'src="([^"]*)"')


class NewQuizItem(Part):
    """Settings of one item; which of them it has depends on its type. A classic question has none of them.

    Source: the attributes that New Quizzes writes into QTI 1.2, and the reader of instructure/qti.
    """

    # Of a stimulus, which is a text with questions about it:
    instructions: str | None = None
    orientation: str | None = None  # where the questions stand: top (of the text's place, they follow it), left
    passage: bool | None = None
    # Of ordering:
    top_label: str | None = None
    bottom_label: str | None = None
    display_answers_paragraph: bool | None = None  # in a row
    shuffle: bool | None = None
    # Of a hot spot; the coordinates of its answers are parts of the width and height of the picture:
    image_url: str | None = None
    cardinality: str | None = None  # Single, Multiple
    # Of a formula:
    margin_type: str | None = None  # percent, absolute
    scientific_notation: bool | None = None
    # Of an essay:
    rce: bool | None = None
    word_count: bool | None = None
    spell_check: bool | None = None
    word_limit_enabled: bool | None = None
    word_limit_min: int | None = None
    word_limit_max: int | None = None
    # Of a file upload:
    allowed_types: str | None = None
    files_count: int | None = None

    def map_addresses(self, rewrite: RewriteHtml) -> NewQuizItem:
        """The same settings with the address of the picture passed through what rewrites those in HTML."""
        if not self.image_url:
            return self
        found = _SOURCE.search(rewrite(f'<img src="{html.escape(self.image_url)}">', "new_quiz.image_url"))
        return msgspec.structs.replace(self, image_url=html.unescape(found[1]) if found else self.image_url)
