"""The German catalogue of a package that writes to people, compared with the texts in its modules and templates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.resources import files
from io import BytesIO
from string import Formatter

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from deploy.stack.checkout import ROOT

Text = str | tuple[str, ...]  # a tuple: the forms for one and for many

_METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
_OPTIONS = {"templates/**.html": {"trimmed": "true"}}


def texts_of(package: str) -> set[Text]:
    """The texts that the modules and the templates of a package have translated."""
    folder = ROOT / package.replace(".", "/")
    return {message for _, _, message, _, _ in extract_from_dir(folder, _METHODS, _OPTIONS)}


def mismatches(package: str, expected: set[Text]) -> list[Text]:
    """Texts that are not translated, or not surely, and translations that belong to no text."""
    translated = {each.id for each in german(package) if each.id and all(_forms(each.string)) and not each.fuzzy}
    written = {each.id for each in german(package) if each.id}
    return sorted((expected ^ translated) | (written - expected), key=str)


def wrong_fields(package: str) -> list[Text]:
    """The texts whose translation has other fields than they have, in any form of either."""
    return [each.id for each in german(package) if each.id and (any(each.check()) or _differ(each.id, each.string))]


def german(package: str) -> Catalog:
    """The catalogue."""
    return read_po(BytesIO(files(package).joinpath("locales", "de.po").read_bytes()), locale="de")


def _differ(text: Text, translation: Text) -> bool:
    return len({_fields(form) for form in (*_forms(text), *_forms(translation))}) > 1


def _forms(text: Iterable[str]) -> Iterator[str]:
    return iter((text,) if isinstance(text, str) else text)


def _fields(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name)
