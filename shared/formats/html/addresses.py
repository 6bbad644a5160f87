"""The addresses in the value of an attribute: the value itself, the candidates of a `srcset`, each `url(...)` of a style.

Values are as they are written in HTML, with their character references.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from html.entities import html5

_SETS = ("srcset", "imagesrcset")
# A candidate ends at white space or at a comma that another address follows. A data: address may hold commas.
_CANDIDATE = re.compile(r"data:\S*+|(?<![^\s,])(?:(?!,(?:\s|\Z|/|https?:|\$|%24))[^\s])+|,(?=\S)")
_QUOTE = r"&quot;|&apos;|&#0*+3[49];|&#[xX]0*+2[27];|[\"']"
_URL = re.compile(
    rf"(?i:url)\(\s*+(?:(?P<quote>{_QUOTE})(?P<quoted>(?:(?!(?P=quote))[^<>])*+)|(?P<bare>[^\s\"'()<>&]++))"
)
_REFERENCE = re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[a-zA-Z][a-zA-Z0-9]*;?)")


def map_addresses(name: str, raw: str, replace: Callable[[str], str]) -> str:
    """The value of the attribute `name` with `replace` of each address in it."""
    if name in _SETS:
        return _CANDIDATE.sub(lambda match: ", " if match[0] == "," else replace(match[0]), raw)
    return map_style(raw, replace) if name == "style" else replace(raw)


def map_style(css: str, replace: Callable[[str], str]) -> str:
    """A style with `replace` of each address in a `url(...)`."""

    def replaced(match: re.Match[str]) -> str:
        group = "bare" if match["bare"] is not None else "quoted"
        before = match[0][: match.start(group) - match.start()]
        # A bracket would end an address without quotes; HTML of a package has none in the paths that it names.
        address = replace(match[group])
        return before + (address.replace("(", "%28").replace(")", "%29") if group == "bare" else address)

    return _URL.sub(replaced, css)


def unescaped(raw: str) -> str:
    """An address with its character references resolved.

    One without a semicolon that `=`, a letter or a digit follows is none: `?a=1&copy=2` is a query with two parameters.
    Source: HTML Living Standard, 13.2.5.73 Named character reference state (in an attribute).
    """
    return _REFERENCE.sub(_resolved, raw) if "&" in raw else raw


def _resolved(match: re.Match[str]) -> str:
    written = match[0]
    if written[1] == "#" or written.endswith(";"):
        return html.unescape(written)
    whole = written[1:] in html5 and match.string[match.end() : match.end() + 1] != "="
    return html.unescape(written) if whole else written
