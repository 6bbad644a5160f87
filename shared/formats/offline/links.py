"""Where the addresses in a course's HTML lead, as seen from the page at the root of its package."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import unquote

from shared.domain.kinds import Kind, family
from shared.formats.cartridge.generic.member_paths import MemberPaths
from shared.formats.html.addresses import unescaped
from shared.formats.html.media_links import FieldReferences
from shared.formats.html.package_links import site_of
from shared.formats.html.portable_links import PortableLinks
from shared.formats.html.references import has_tokens
from shared.formats.html.tokenizer import Tag
from shared.formats.imscp.package_source import WEB_RESOURCES
from shared.formats.offline.markup import path_address
from shared.formats.packing import Packing

# Browsers pass over these in front of an address and inside of it (URL Standard, 4.4).
_LEADING = "".join(map(chr, range(0x21)))
_BREAKS = re.compile(r"[\t\n\r]")
_FOLLOWED = re.compile(r"(?:https?|mailto|tel):", re.IGNORECASE)
_PLACE = "place:"  # begins the address of a place of the page, until it is written


def anchor(kind: Kind, object_id: int) -> str:
    """The identifier of an object in the page: `pages-5`. Announcements are numbered with discussions."""
    return f"{family(kind)}-{object_id}"


class PageLinks:
    """The links of the page. `files` are the files of the package, by path."""

    def __init__(self, packing: Packing, files: Mapping[str, int], shown: frozenset[Kind]) -> None:
        """Index the objects of the package. `shown` are the kinds whose objects have a place in the page."""
        self._packing = packing
        self._files = files
        self._shown = shown
        site = site_of(packing.course.course, packing.request.host)
        self._links = PortableLinks(packing.links, packing.course, packing.keys, site, WEB_RESOURCES, self._place)
        self._members = MemberPaths(packing)

    def of_field(self, html: str, kind: Kind, object_id: int, place: str) -> FieldLinks:
        """The links in a field of HTML."""
        return FieldLinks(self, self._links.references_of(html, kind, object_id, place))

    def place_of(self, kind: Kind, object_id: int) -> str | None:
        """The address of an object in the page; None for one that is not shown there."""
        if family(kind) not in self._shown or not self._packing.selected(kind, object_id):
            return None
        return f"#{anchor(kind, object_id)}"

    def link(self, value: str) -> str | None:
        """What an address or a token leads to: to the web, to a member of the package, to a place of the page; else None."""
        address = _BREAKS.sub("", self._links.address(value)).strip(_LEADING)
        if address.startswith(_PLACE):
            return f"#{address.removeprefix(_PLACE).partition('#')[0]}"
        if address.startswith("//"):
            return f"https:{address}"
        return address if _FOLLOWED.match(address) else self._member(address)

    def member(self, value: str) -> str | None:
        """The address of a file of the package; None for anything else."""
        return self._member(self._links.address(value))

    def text(self, run: str) -> str:
        """A text with its references as addresses."""
        return self._links.shown_address(run)

    def file(self, file_id: int) -> str | None:
        """The path of a file that is in the package."""
        path = self._members.file(file_id)
        return path if path in self._files else None

    def _member(self, address: str) -> str | None:
        path, mark, fragment = address.partition("#")
        name = unquote(path)
        return f"{path_address(name)}{mark}{fragment}" if name in self._files else None

    def _place(self, identifier: str) -> str | None:
        target = self._members.target(identifier)
        if target is None:
            return None
        kind, object_id = target
        if kind is Kind.FILES:
            path = self.file(object_id)
            return None if path is None else path_address(path)
        place = self.place_of(kind, object_id)
        return None if place is None else f"{_PLACE}{place.removeprefix('#')}"


@dataclass(frozen=True, slots=True)
class FieldLinks:
    """The links in one field of HTML, as the cleaner of HTML asks for them."""

    page: PageLinks
    references: FieldReferences | None  # None: the field has none but tokens

    def address(self, tag: Tag, name: str) -> str:
        """The address in an attribute, a reference as its token, as `link` and `member` read it; "" without one."""
        attribute = tag.get(name)
        if attribute is None or self.references is None:
            return "" if attribute is None else attribute.value
        return unescaped(self.references.attribute(tag, attribute))

    def player(self, tag: Tag) -> tuple[str, str] | None:
        """(audio or video, the token of its file) of an `iframe` that plays a file of the course; None for any other."""
        player = None if self.references is None else self.references.player(tag)
        return None if player is None else (player.name, unescaped(player.address))

    def link(self, value: str) -> str | None:
        """What a link may lead to: an address on the web, a member of the package, a place of the page; else None."""
        return self.page.link(value)

    def member(self, value: str) -> str | None:
        """The address of a file of the package; None for anything else."""
        return self.page.member(value)

    def text(self, run: str) -> str:
        """A text with its references as addresses."""
        if self.references is not None and "/" in run:
            run = unescaped(self.references.text(escape(run, quote=False)))
        return self.page.text(run) if has_tokens(run) else run
