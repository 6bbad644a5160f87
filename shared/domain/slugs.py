"""How a title reads in an address: `Week 1: Cells & Atoms` -> `week-1-cells-and-atoms`."""

from __future__ import annotations

import re
import unicodedata


def slug(title: str, limit: int = 200) -> str:
    """Lower case, accents off, words joined by hyphens, at most `limit` characters; "" for a title without words.

    Letters that have no Latin form stay as they are.
    """
    folded = unicodedata.normalize("NFKD", title.replace("&", " and ").replace("'", ""))
    plain = "".join(c for c in folded if not unicodedata.combining(c)).lower()
    words = re.sub(r"[^\w]+", "-", unicodedata.normalize("NFC", plain)).replace("_", "-")
    return re.sub(r"-{2,}", "-", words).strip("-")[:limit].rstrip("-")
