"""Titles as parts of URLs: `Week 1: Cells & Atoms` -> `week-1-cells-and-atoms`."""

from __future__ import annotations

import re
import unicodedata


def slug(title: str, limit: int = 200) -> str:
    """The title in lower case without accents, its words joined by hyphens; "" if it has no words.

    The result has at most `limit` characters. Letters without a Latin form stay unchanged.
    """
    folded = unicodedata.normalize("NFKD", title.replace("&", " and ").replace("'", ""))
    plain = "".join(c for c in folded if not unicodedata.combining(c)).lower()
    words = re.sub(r"[^\w]+", "-", unicodedata.normalize("NFC", plain)).replace("_", "-")
    return re.sub(r"-{2,}", "-", words).strip("-")[:limit].rstrip("-")
