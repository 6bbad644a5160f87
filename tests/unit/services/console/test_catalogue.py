"""Every text of the console is in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from io import BytesIO

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from deploy.stack.checkout import ROOT

CONSOLE = ROOT / "services" / "console"
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS = {"templates/**.html": {"trimmed": "true"}}


def sources() -> Iterator[str | tuple[str, ...]]:
    """The texts of modules and templates, plurals as pairs."""
    for _, _, message, _, _ in extract_from_dir(CONSOLE, METHODS, OPTIONS):
        yield message


def german() -> Catalog:
    source = files("services.console").joinpath("locales", "de.po").read_bytes()
    return read_po(BytesIO(source), locale="de")


def test_every_text_is_translated_and_no_translation_is_unused() -> None:
    translated = {message.id for message in german() if message.id and _is_whole(message.string)}
    expected = set(sources())
    assert len(expected) > 30
    assert expected - translated == set()
    assert translated - expected == set()


def test_a_translation_has_the_fields_of_its_text() -> None:
    wrong = [(message.id, [str(error) for error in message.check()]) for message in german() if any(message.check())]
    assert wrong == []


def _is_whole(string: str | tuple[str, ...]) -> bool:
    return all(string) if isinstance(string, tuple) else bool(string)
