"""The language of a reader: sentences of the catalogue, and dates, sizes and numbers as that language writes them.

English is the source of the catalogues. `locales/` of a package has a gettext catalogue (.po) per other language.
"""

from __future__ import annotations

import gettext
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from io import BytesIO
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError, dates, lists, units
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SOURCE = Locale("en")

_SIZES = ((1e9, "digital-gigabyte"), (1e6, "digital-megabyte"), (1e3, "digital-kilobyte"), (1, "digital-byte"))


@dataclass(frozen=True, slots=True)
class Texts:
    """The catalogue of a language, and the region whose forms of dates and numbers apply."""

    locale: Locale
    catalogue: gettext.NullTranslations

    @property
    def language(self) -> str:
        """The language as HTML names it: `de-CH`."""
        return str(self.locale).replace("_", "-")

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`."""
        return self.locale.text_direction

    def gettext(self, message: str) -> str:
        """The sentence in this language; itself where the catalogue lacks it."""
        return self.catalogue.gettext(message)

    def ngettext(self, one: str, many: str, count: int) -> str:
        """The sentence in the form for this number of things."""
        return self.catalogue.ngettext(one, many, count)

    def moment(self, at: datetime, zone: ZoneInfo) -> str:
        """`Sunday, December 27, 2026, 5:00 AM MST`: the zone is always named."""
        there = at.astimezone(zone)
        day = dates.format_date(there, "full", locale=self.locale)
        hour = dates.format_time(there, "short", tzinfo=zone, locale=self.locale)
        name = dates.get_timezone_name(there, "short", locale=self.locale)
        if name.startswith(("+", "-")):  # Babel's form for a zone without a short name in this language
            name = dates.get_timezone_gmt(there, locale=self.locale)
        return f"{day}, {hour} {name}"

    def size(self, count: int) -> str:
        """A number of bytes: `1.2 MB`."""
        factor, unit = next((each for each in _SIZES if count >= each[0]), _SIZES[-1])
        return units.format_unit(round(count / factor, 1), unit, "short", locale=self.locale)

    def listed(self, names: Sequence[str]) -> str:
        """`a, b, and c`."""
        return lists.format_list(names, locale=self.locale)


@dataclass(frozen=True, slots=True)
class Catalogues:
    """The catalogues of a package that writes to people: the files `locales/LANGUAGE.po` of it, and English."""

    package: str

    @property
    def languages(self) -> tuple[str, ...]:
        """The codes of the languages in order: `("de", "en")`."""
        return tuple(sorted(_catalogues(self.package)))

    def texts_for(self, *tags: str | None) -> Texts:
        """The texts of the first of these locales whose language has a catalogue, else English.

        A tag is one of BCP 47 as Canvas stores it: `de`, `de-CH`, `en-GB-x-ukhe`. A region that is unknown is left out.
        """
        catalogues = _catalogues(self.package)
        for tag in tags:
            locale = _locale(tag or "")
            if locale is not None and locale.language in catalogues:
                return Texts(locale, catalogues[locale.language])
        return Texts(SOURCE, catalogues[SOURCE.language])


@cache
def _catalogues(package: str) -> Mapping[str, gettext.NullTranslations]:
    """The catalogue of each language, by its code; read once."""
    translated = {
        path.name.removesuffix(".po"): _compiled(path.read_bytes())
        for path in files(package).joinpath("locales").iterdir()
        if path.name.endswith(".po")
    }
    return {SOURCE.language: gettext.NullTranslations(), **translated}


def _compiled(source: bytes) -> gettext.GNUTranslations:
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(source)))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def _locale(tag: str) -> Locale | None:
    """The locale of a tag, without its private part; only its language where the rest is unknown."""
    public = tag.replace("_", "-").partition("-x-")[0]
    for candidate in (public, public.partition("-")[0]):
        try:
            return Locale.parse(candidate, sep="-")
        except (ValueError, UnknownLocaleError):
            continue
    return None
