"""Characters that nobody sees: they turn the direction of a name or hide in it, so that it reads as another one."""

from __future__ import annotations

import re
import unicodedata

# Marks of direction, embeddings, isolates; spaces, joiners and operators without width; the byte order mark; tags.
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0001\U000e0020-\U000e007f]"
)
_JOINERS = "\u200c\u200d"
_NO_LETTERS = "\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"  # how an emoji before them is drawn
_VIRAMA = 9  # the combining class of signs that join or part consonants


def visible(name: str) -> str:
    """The name without invisible characters.

    A joiner stays where it changes what is seen: between the parts of an emoji, behind the virama of a script of India,
    between Arabic letters. Source: RFC 5892, appendix A.1 and A.2 (CONTEXTJ); Unicode Technical Standard 51 (emoji).
    """
    if name.isascii() or _INVISIBLE.search(name) is None:
        return name
    return _INVISIBLE.sub(lambda match: match[0] if _joins(name, match.start()) else "", name)


def _joins(name: str, place: int) -> bool:
    if name[place] not in _JOINERS:
        return False
    before, after = name[:place].rstrip(_NO_LETTERS)[-1:], name[place + 1 : place + 2]
    if not before or not after:
        return False
    if unicodedata.combining(before) == _VIRAMA:
        return True
    arabic = unicodedata.bidirectional(before) == unicodedata.bidirectional(after) == "AL"
    emoji = name[place] == "\u200d" and unicodedata.category(before) == unicodedata.category(after) == "So"
    return arabic or emoji
