"""The course as the page shows it: its texts in the language of the page, its HTML made safe, its links resolved."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from shared.domain.content.content_object import Content, Number
from shared.domain.kinds import Kind
from shared.domain.language.texts import Texts
from shared.formats import times
from shared.formats.offline.allowed_html import LANGUAGE
from shared.formats.offline.links import PageLinks, anchor
from shared.formats.offline.markup import title
from shared.formats.offline.safe_html import SafeHtml, Words
from shared.formats.packing import Packing, is_item_fault

_MANY_DATES = 2000
OBJECT_LEVEL = 3  # of the heading of an object: the page's is 1, that of a section 2


@dataclass(slots=True)
class OfflineCourse:
    """What the sections of the page work with."""

    packing: Packing
    texts: Texts
    zone: ZoneInfo
    links: PageLinks
    _dates: dict[str, str] = field(default_factory=dict)

    def each(self, kind: Kind) -> Iterator[Any]:
        """The objects of a kind that are in the package."""
        return (item for item in self.packing.course.each(kind) if self.packing.selected(kind, item.id))

    def html(self, written: str | None, kind: Kind, object_id: int, place: str, level: int = OBJECT_LEVEL) -> str:
        """The safe form of a field of HTML; `level` is that of the heading above it."""
        if not written or not written.strip():
            return ""
        words = Words(
            embedded=self.texts.gettext("Embedded content"),
            picture=self.texts.gettext("Picture on another site"),
            table=self.texts.gettext("Table"),
        )
        links = self.links.of_field(written, kind, object_id, place)
        return SafeHtml(links, words, anchor(kind, object_id), level).of(written)

    def content(self, written: str | None, kind: Kind, object_id: int, place: str, level: int = OBJECT_LEVEL) -> str:
        """A field of HTML in a block of its own, in the language of the course."""
        safe = self.html(written, kind, object_id, place, level)
        return f'<div class="content"{self.language}>\n{safe}\n</div>\n' if safe else ""

    @property
    def language(self) -> str:
        """The attributes for the course's own language, where that is known, and direction."""
        tag = (self.packing.course.course.locale or "").replace("_", "-")
        return f' lang="{tag}" dir="auto"' if LANGUAGE.fullmatch(tag) else ' dir="auto"'

    def articles(self, kind: Kind, write: Callable[[Any], Iterable[str]]) -> Iterator[str]:
        """An article for each object of a kind that is in the package; `write` gives what is in one."""
        return (self.article(kind, item, partial(write, item)) for item in self.each(kind))

    def article(self, kind: Kind, item: Content, write: Callable[[], Iterable[str]]) -> str:
        """The article of an object, which links lead to."""
        return f'<article id="{anchor(kind, item.id)}">\n{self.shown(write)}</article>\n'

    def heading(self, item: Content, *notes: str) -> str:
        """The heading of an object, and what is said beside it. Notes are safe already."""
        shown = "".join(f' <span class="tag">{note}</span>' for note in notes if note)
        return f"<h3{self.language}>{title(item.label)}{shown}</h3>\n"

    def shown(self, write: Callable[[], Iterable[str]]) -> str:
        """What `write` gives for one object, or a sentence: content of any shape must not end the page.

        Errors of the system, such as a database that does not answer, are not caught.
        """
        try:
            return "".join(write())
        except Exception as error:
            if not is_item_fault(error):
                raise
        sentence = escape(self.texts.gettext("This cannot be shown."))
        return f'<p lang="{self.texts.language}">{sentence}</p>\n'

    def facts(self, *pairs: tuple[str, str | None]) -> str:
        """A list of facts: names and values, those without a value left out. Values are safe already."""
        shown = [f"<div><dt>{escape(name)}</dt><dd>{value}</dd></div>" for name, value in pairs if value]
        return f'<dl class="facts">{"".join(shown)}</dl>\n' if shown else ""

    def unpublished(self, published: bool | None) -> str:
        """The note for an object that students do not see."""
        return self.texts.gettext("not published") if published is False else ""

    def points(self, count: Number | None) -> str | None:
        """A number of points in words."""
        if count is None:
            return None
        shown = f"{count:g}"
        return self.texts.ngettext("{count} point", "{count} points", 1 if shown == "1" else 2).format(count=shown)

    def moment(self, written: str | None) -> str | None:
        """A time of the course as people write it; None without one, and for what is no time."""
        if not written:
            return None
        if written not in self._dates:
            if len(self._dates) >= _MANY_DATES:
                self._dates.clear()
            self._dates[written] = self._moment(written)
        return self._dates[written] or None

    def _moment(self, written: str) -> str:
        at = times.parse(written)
        try:
            shown = "" if at is None else self.texts.moment(at, self.zone)
        except OverflowError:  # the zone leads out of the years that there are
            shown = ""
        return f'<time datetime="{escape(written)}">{escape(shown)}</time>' if shown else ""
