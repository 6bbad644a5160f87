"""Each sentence of the page has its German."""

from __future__ import annotations

from deploy.stack.checkout import ROOT
from shared.formats.offline.language import PAGES
from tests.support.catalogues import mismatches, texts_of, wrong_fields


def test_every_text_of_the_page_is_translated_and_no_translation_is_unused() -> None:
    assert mismatches(PAGES.package, texts_of(PAGES.package)) == []


def test_a_translation_has_the_fields_of_its_text() -> None:
    assert wrong_fields(PAGES.package) == []


def test_the_catalogue_and_the_style_are_packed_with_the_program() -> None:
    assert '"shared.formats.offline" = ["page.css", "locales/*.po"]' in (ROOT / "pyproject.toml").read_text()
    assert PAGES.languages == ("de", "en")
