"""Settings that questions of the New Quizzes engine have beyond those of classic questions."""

from __future__ import annotations

import html
import re

import msgspec

from shared.domain.content.content_object import ContentPart, RewriteHtml

_SOURCE = re.compile(r'src="([^"]*)"')


class NewQuizItem(ContentPart):
    """Settings of one item; its type decides which of them it has. Classic questions have none of them.

    Source: the attributes that New Quizzes writes into QTI 1.2, and the reader of instructure/qti.
    """

    # Of a stimulus, a text with questions about it:
    instructions: str | None = None
    orientation: str | None = None  # place of the text relative to its questions: top, left
    passage: bool | None = None
    # Of ordering:
    top_label: str | None = None
    bottom_label: str | None = None
    display_answers_paragraph: bool | None = None  # answers are shown in a row
    shuffle: bool | None = None
    # Of a hot spot; the coordinates of its answers are fractions of the width and height of the picture:
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
        """A copy in which the address of the picture has passed through `rewrite`, inside an <img> element."""
        if not self.image_url:
            return self
        source = _SOURCE.search(rewrite(f'<img src="{html.escape(self.image_url)}">', "new_quiz.image_url"))
        return msgspec.structs.replace(self, image_url=html.unescape(source[1]) if source else self.image_url)
