"""Each sentence of the page has its German."""

from __future__ import annotations

from importlib.resources import files
from io import BytesIO

from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from deploy.stack.checkout import ROOT
from shared.formats.offline.language import PAGES


def test_every_text_of_the_page_is_translated_and_no_translation_is_unused() -> None:
    modules = sorted((ROOT / "shared" / "formats" / "offline").glob("*.py"))
    sources = {message for path in modules for _, message, _, _ in extract_from_file("python", path)}
    catalogue = read_po(BytesIO(files("shared.formats.offline").joinpath("locales", "de.po").read_bytes()), locale="de")
    written = [message for message in catalogue if message.id]
    ones = {each[0] if isinstance(each, tuple) else each for each in sources}
    assert {message.id[0] if isinstance(message.id, tuple) else message.id for message in written} == ones
    assert all(message.string if isinstance(message.string, str) else all(message.string) for message in written)


def test_the_catalogue_and_the_style_are_packed_with_the_program() -> None:
    assert '"shared.formats.offline" = ["page.css", "locales/*.po"]' in (ROOT / "pyproject.toml").read_text()
    assert PAGES.languages == ("de", "en")
