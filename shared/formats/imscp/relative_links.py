"""Paths in the HTML of a package that are relative to its document, as tools other than Canvas write them."""

from __future__ import annotations

import html
import posixpath
import re
from collections.abc import Container
from dataclasses import dataclass
from urllib.parse import quote, unquote

from shared.formats.html import references
from shared.formats.html.tokenizer import Attribute, Rewriting, Tag, rewrite

# An address, an absolute path, a token, or a place in the same page.
_NO_PATH = re.compile(r"[a-z][a-z0-9+.-]*:|//|/|#|\?|\$|%24", re.IGNORECASE)
_SAFE = ";/:@&=+,-_.!~*'()"


@dataclass(frozen=True, slots=True)
class RelativeLinks:
    """Paths of one member, which lies in `folder`; `members` are those that they may lead to."""

    folder: str
    members: Container[str]

    def resolved(self, markup: str, place: str) -> str:
        """The HTML with tokens for the paths that lead to members of the package; every other byte as it was."""
        if "=" not in markup:
            return markup
        return rewrite(markup, Rewriting(attribute=self._attribute, text=lambda run: run))

    def _attribute(self, _tag: Tag, attribute: Attribute) -> str:
        address = attribute.value.strip(references.SPACE)
        if attribute.name not in references.ADDRESSES or not address or _NO_PATH.match(address):
            return attribute.raw
        token = self.token(address)
        return attribute.raw if token is None else html.escape(token)

    def token(self, address: str) -> str | None:
        """The token for a path, as Canvas writes it; None for a path to no member of the package."""
        path, query, fragment = references.split(address)
        for name in (path, unquote(path)):
            member = posixpath.normpath(posixpath.join(self.folder, name))
            if member in self.members:
                return f"{references.FILEBASE}/{quote(member, safe=_SAFE)}{query}{fragment}"
        return None
