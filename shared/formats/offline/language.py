"""The languages of the page."""

from __future__ import annotations

from shared.domain.language.texts import Catalogues

PAGES = Catalogues("shared.formats.offline")
