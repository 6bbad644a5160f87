"""What HTML that people wrote may hold on the page, and what other elements become."""

from __future__ import annotations

import re

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
LOWEST = 6
_BLOCKS = "blockquote details dd div dl dt figcaption figure li ol p pre summary ul table caption colgroup thead tbody tfoot tr td th"
_INLINE = "a abbr b bdi bdo cite code del dfn em i ins kbd mark q rp rt ruby s samp small span strong sub sup time u var audio video"
ELEMENTS = frozenset(f"{_BLOCKS} {_INLINE}".split())
VOID = frozenset({"br", "hr", "wbr", "col"})
RENAMED = {
    **dict.fromkeys(
        [
            "address",
            "article",
            "aside",
            "center",
            "footer",
            "form",
            "header",
            "hgroup",
            "main",
            "nav",
            "section",
            "fieldset",
            "legend",
        ],
        "div",
    ),
    "acronym": "abbr",
    "big": "span",
    "font": "span",
    "strike": "s",
    "tt": "code",
    "dir": "ul",
    "menu": "ul",
}
# Left out with what is inside.
DROPPED = frozenset(
    [
        "applet",
        "base",
        "basefont",
        "frame",
        "frameset",
        "head",
        "link",
        "meta",
        "noembed",
        "noframes",
        "noscript",
        "option",
        "param",
        "plaintext",
        "script",
        "select",
        "style",
        "svg",
        "template",
        "textarea",
        "title",
        "xmp",
    ]
)
PLAYED = frozenset({"audio", "video"})
EMBEDDED = frozenset({"embed", "iframe", "object"})
# Anything but an item is put into one there.
LISTS = frozenset({"ol", "ul"})
# Parents of the parts of lists and tables: elsewhere a part is a plain block.
PARENTS = {
    "li": LISTS,
    **dict.fromkeys(("dt", "dd"), frozenset({"dl"})),
    **dict.fromkeys(("caption", "colgroup", "thead", "tbody", "tfoot"), frozenset({"table"})),
    "tr": frozenset({"table", "thead", "tbody", "tfoot"}),
    **dict.fromkeys(("td", "th"), frozenset({"tr"})),
    "figcaption": frozenset({"figure"}),
    "summary": frozenset({"details"}),
}
_WORDS = re.compile(r"[\w .,:;()/&+'-]*")
NUMBER = re.compile(r"[0-9]{1,4}")
LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_ANY = re.compile(r".*", re.DOTALL)
GLOBAL = {"lang": LANGUAGE, "dir": re.compile("ltr|rtl|auto"), "title": _ANY}
ATTRIBUTES = {
    "ol": {"start": NUMBER, "type": re.compile("[1aAiI]"), "reversed": _ANY},
    "li": {"value": NUMBER},
    "col": {"span": NUMBER},
    "colgroup": {"span": NUMBER},
    "td": {"colspan": NUMBER, "rowspan": NUMBER, "abbr": _ANY},
    "th": {"colspan": NUMBER, "rowspan": NUMBER, "abbr": _ANY, "scope": re.compile("row|col|rowgroup|colgroup")},
    "time": {"datetime": _WORDS},
    "details": {"open": _ANY},
}
# Without text that a browser would read, as SVG is.
PICTURE = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]+")


# Hold other elements alone.
WITHOUT_TEXT = frozenset({"colgroup", "dl", "ol", "table", "tbody", "tfoot", "thead", "tr", "ul"})
